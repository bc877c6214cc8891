/** `show`: what the registry knows of one app. */
import type { Input, Outcome } from "../command.ts";
import type { InstalledApp } from "../registry.ts";
import { findApp } from "./app.ts";

export type ShowDocument = Omit<InstalledApp, "format"> & { cloud: string };

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const { format: _, ...rest } = app;
  return { document: { cloud: config.name, ...rest } satisfies ShowDocument };
}
