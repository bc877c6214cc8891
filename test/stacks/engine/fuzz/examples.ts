/** Scenarios that once went wrong, shrunk, each with what was wrong. They are played again for ever. */
import type { Scenario } from "./scenario.ts";

export interface Example {
  /** What was wrong. */
  was: string;
  scenario: Scenario;
}

export const examples: Example[] = [];
