/** `stack export` and `stack import`: a deployment out of the backend, or into it. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type CommandLine, flag, isSet } from "../cli.ts";
import { Diagnosis } from "../diagnosis.ts";
import type { Session } from "../session.ts";
import { readGiven } from "./config.ts";
import { parseJson } from "./text.ts";

export async function exportStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const deployment = await s.backend.exportDeployment(ref, await s.secrets(ref), {
    showSecrets: isSet(line, "--show-secrets"),
  });
  const text = `${JSON.stringify(deployment, null, 4)}\n`;
  const file = flag(line, "--file");
  if (file) await writeFile(resolve(s.init.cwd, file), text, { mode: 0o600 });
  else s.init.out(text);
}

export async function importStack(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack();
  const file = flag(line, "--file");
  if (!file && !s.init.readInput)
    throw new Diagnosis("there is no standard input to read a deployment from; name a file with --file");
  const text = file ? await readGiven(resolve(s.init.cwd, file), file) : await s.init.readInput!();
  const given = parseJson(text, file ?? "the deployment on standard input");
  await s.backend.importDeployment(ref, given, await s.secrets(ref), { force: isSet(line, "--force") });
  s.init.out("Import complete.\n");
}
