/** `show`: what the registry knows of one app. */
import type { Input, Outcome } from "../command.ts";
import { type HistoryEntry, readHistory } from "../history.ts";
import type { InstalledApp } from "../registry.ts";
import { findApp } from "./app.ts";

export type ShowDocument = Omit<InstalledApp, "format"> & {
  cloud: string;
  /** The newest of `exec`, oldest first. */
  commands: HistoryEntry[];
};

const commandsShown = 10;

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const { format: _, ...rest } = app;
  const commands = readHistory(input.paths, config.name, app.name, commandsShown);
  return { document: { cloud: config.name, ...rest, commands } satisfies ShowDocument };
}
