/**
 * Where our engine differs from the official one on purpose: what, and why. Each line is checked to be still true by
 * the programs it names; anything else that differs is a failure.
 */

export interface Difference {
  /** Names of the programs that show it; `*` for what any program may show. */
  programs: string[];
  /** Fits the line by which the comparison reports it. */
  what: RegExp;
  why: string;
}

export const differences: Difference[] = [];
