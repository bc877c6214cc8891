/** Which resources an operation is about: URNs and patterns as `--target`, `--exclude` and `--replace` name them. */

export class Targets {
  private readonly literals: Set<string>;
  private readonly globs: RegExp[];
  /** The URNs as they were given, for those that have to exist. */
  readonly named: readonly string[];

  constructor(patterns: readonly string[]) {
    this.named = patterns.filter((pattern) => !pattern.includes("*"));
    this.literals = new Set(this.named);
    this.globs = patterns.filter((pattern) => pattern.includes("*")).map(globOf);
  }

  /** Something was named at all. */
  get constrained(): boolean {
    return this.literals.size > 0 || this.globs.length > 0;
  }

  has(urn: string): boolean {
    return this.literals.has(urn) || this.globs.some((glob) => glob.test(urn));
  }

  /** From now on this one is meant, too: dependents of what was named. */
  add(urn: string): void {
    this.literals.add(urn);
  }

  clone(): Targets {
    const copy = new Targets([]);
    for (const urn of this.literals) copy.literals.add(urn);
    copy.globs.push(...this.globs);
    return copy;
  }
}

/** `*` stays within a part of the URN, `**` does not. */
function globOf(pattern: string): RegExp {
  const source = pattern
    .split("**")
    .map((part) =>
      part
        .split("*")
        .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
        .join("[^:]*"),
    )
    .join(".*");
  return new RegExp(`^${source}$`);
}
