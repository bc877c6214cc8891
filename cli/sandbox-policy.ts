/**
 * What may run where no sandbox holds functions back: what comes with Freehold, and the owner's own folders. Anything
 * else is a stranger's, and waits for the owner's word.
 */
import { faults } from "./errors.ts";
import type { SandboxState } from "./local-process.ts";

const trusted: ReadonlySet<string> = new Set(["bundled", "folder"]);

/**
 * Throws `no-sandbox` unless it may run. Answers what the owner is to be told when it runs all the same, on his word.
 * `source` is where the blueprint is from; without `sandbox`, the cloud is not on this computer.
 */
export function admitSource(
  source: string,
  ref: string,
  sandbox: SandboxState | undefined,
  unsandboxed: boolean,
): string | undefined {
  if (sandbox?.kind !== "none" || trusted.has(source)) return undefined;
  if (!unsandboxed) throw faults.noSandbox(ref, sandbox.why ?? "none works here");
  return `${ref} runs without a sandbox: it can read this computer and every app.`;
}

/** Whether the question matters: only then need the cloud be asked. */
export const needsSandbox = (source: string): boolean => !trusted.has(source);
