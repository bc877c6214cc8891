/** `secret rm`: the value is gone; functions go without it from their next call. */
import { suggest } from "../../blueprints/suggest.ts";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { secretsOf } from "./secret-ls.ts";
import type { SecretDocument } from "./secret-set.ts";

export async function run(input: Input): Promise<Outcome> {
  const { cloud, app, secrets } = await secretsOf(input);
  const name = input.args[1]!;
  if (!secrets.includes(name)) throw faults.unknownSecret(app, name, suggest(name, secrets));
  const { putSecret } = await import("../../stacks/deploy.ts");
  await putSecret(cloud, app, name, null);
  return { document: { app, secrets: secrets.filter((one) => one !== name) } satisfies SecretDocument };
}
