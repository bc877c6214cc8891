/**
 * Where our engine differs from the official one on purpose: what, and why. Each line is checked to be still true by
 * the programs it names; anything else that differs is a failure.
 */

export interface Difference {
  /** Names of the programs that have to show it. */
  programs: string[];
  /** Whether others may show it, too. */
  anywhere?: boolean;
  /** Fits the lines by which the comparison reports it. */
  what: RegExp;
  why: string;
}

export const differences: Difference[] = [];
