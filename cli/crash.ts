/** Notes of what should not have happened: state/crashes/, 0600, the newest twenty. No argument or environment is in them. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../blueprints/fault.ts";
import { makeFolder } from "./paths.ts";

/** Writes one unless it is a fault, which says enough by itself. Answers where it is. */
export function bugNote(state: string, error: unknown): string {
  const dir = join(state, "crashes");
  const file = join(dir, `${new Date().toISOString().replaceAll(":", "")}-${process.pid}.txt`);
  if (error instanceof Fault && error.code !== "bug") return file;
  try {
    makeFolder(dir);
    for (const old of readdirSync(dir).sort().slice(0, -19)) rmSync(join(dir, old), { force: true });
    writeFileSync(file, describe(error), { mode: 0o600 });
  } catch {
    // Nowhere to write it; the message on the screen is what there is.
  }
  return file;
}

function describe(error: unknown): string {
  const parts: string[] = [`${process.env.FREEHOLD_VERSION ?? "source"} node ${process.version} ${process.platform}`];
  for (let at: unknown = error; at; at = (at as Error).cause) parts.push((at as Error).stack ?? String(at));
  return `${parts.join("\n\nCaused by: ")}\n`;
}
