/** Lengths of time as they are typed. */

/** Milliseconds of `500ms`, `30s`, `5m`, `2h`, `7d`; a number alone is seconds. Undefined when it is none. */
export function duration(text: string): number | undefined {
  const match = /^(\d+)(ms|s|m|h|d)?$/.exec(text);
  if (!match) return undefined;
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
  return Number(match[1]) * units[(match[2] ?? "s") as keyof typeof units];
}
