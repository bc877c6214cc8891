/** What things of ours may be called: apps, and what a manifest names. Loads nothing: commands look before they begin. */

export const reservedAppNames = ["signin", "things", "foundation", "accounts"] as const;
export const appNameLength = { min: 2, max: 32 } as const;

/** What a name is found by, each with what is said where it is not. */
export const nameRules: readonly (readonly [rule: RegExp, why: string])[] = [
  [/^[a-z]([a-z0-9]|-(?!-))*$/, "is made of a-z, 0-9 and single hyphens, and begins with a letter"],
  [/[a-z0-9]$/, "does not end in a hyphen"],
];

export const tooShort = (min: number): string => `has at least ${min} characters`;
export const tooLong = (max: number): string => `has at most ${max} characters`;

/** Why no app may be called so; undefined when one may, unless its cloud's name is too long beside it. */
export function appNameProblem(name: string): string | undefined {
  const { min, max } = appNameLength;
  const wrong = [
    ...(name.length < min ? [tooShort(min)] : name.length > max ? [tooLong(max)] : []),
    ...nameRules.filter(([rule]) => !rule.test(name)).map(([, why]) => why),
  ];
  if (wrong.length > 0) return wrong.map((why) => `a name ${why}`).join("; ");
  return (reservedAppNames as readonly string[]).includes(name) ? "every cloud has that already" : undefined;
}
