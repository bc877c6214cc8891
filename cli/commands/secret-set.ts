/** `secret set`: the value comes from a hidden question or stdin, never from the command line. */
import { enterCloud } from "../access.ts";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { findApp } from "./app.ts";

export interface SecretDocument {
  app: string;
  /** Names of those that are set. */
  secrets: string[];
}

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const name = input.args[1]!;
  const piped = await input.readStdin();
  if (piped === undefined && !input.interactive) throw faults.answer(`The value of ${name}.`, `${input.typed} < FILE`);
  const value = piped?.replace(/\r?\n$/, "") ?? (await input.ask(`${name}: `, { hidden: true }));
  if (value === "") throw faults.answer(`The value of ${name}.`, `${input.typed} < FILE`);
  const cloud = await enterCloud(input.paths, config);
  const { putSecret, listSecrets } = await import("../../stacks/deploy.ts");
  await putSecret(cloud, app.name, name, value);
  return { document: { app: app.name, secrets: await listSecrets(cloud, app.name) } satisfies SecretDocument };
}
