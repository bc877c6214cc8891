/** `info`: the card of what REF leads to, and its README. Offline for whatever was fetched before. */
import { open } from "node:fs/promises";
import type { Card } from "../../blueprints/card.ts";
import type { Blueprint } from "../../blueprints/load.ts";
import type { Input, Outcome } from "../command.ts";
import { type InstalledHere, installedHere, judgedOf } from "../judged.ts";

export interface InfoDocument {
  /** What finds it again. */
  ref: string;
  card: Card;
  /** Where it would run now; null while there is no cloud. */
  target: "local" | "aws" | null;
  /** Text as its author wrote it, at most `mostReadme` bytes of it; null when there is none. */
  readme: string | null;
  installed?: InstalledHere;
}

const mostReadme = 256 * 1024;

export async function run(input: Input): Promise<Outcome> {
  const judged = await judgedOf(input, input.args[0]!);
  const installed = await installedHere(judged);
  const document: InfoDocument = {
    ref: judged.source.ref,
    card: judged.card,
    target: judged.cloud?.target ?? null,
    readme: await readmeOf(judged.blueprint),
    ...(installed ? { installed } : {}),
  };
  return { document };
}

async function readmeOf({ files }: Blueprint): Promise<string | null> {
  const file = files.find(({ path }) => /^readme(\.md|\.markdown|\.txt)?$/i.test(path));
  if (!file) return null;
  const handle = await open(file.absolute);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(file.sizeBytes, mostReadme)));
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await handle.close();
  }
}
