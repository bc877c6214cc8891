/**
 * What people did with an app beside its deployments: one line of JSON each, added and never changed. Who, when and what,
 * without arguments: those may hold secrets.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { cloudDir, makeFolder, type Paths } from "./paths.ts";

interface Begun {
  format: 1;
  type: "exec";
  id: string;
  /** ISO 8601. */
  at: string;
  /** The computer's user, and the ARN that its credentials are of. */
  by: { user: string; principal: string };
  function: string;
  /** Its name alone. */
  command: string;
  write: boolean;
}

interface Ended {
  format: 1;
  type: "exec-end";
  id: string;
  at: string;
  exitCode: number;
}

/** Without an end it runs still, or its process was killed. */
export type HistoryEntry = Omit<Begun, "format"> & { endedAt?: string; exitCode?: number };

/** Older lines are kept once more beside it, then they go. */
const maxBytes = 1_048_576;

const file = (paths: Paths, cloud: string, app: string): string =>
  join(cloudDir(paths, cloud), "history", `${app}.jsonl`);

/** Written before the command starts. Answers how to say that it ended. */
export function beginExec(
  paths: Paths,
  cloud: string,
  app: string,
  what: Pick<Begun, "by" | "function" | "command" | "write">,
): (exitCode: number) => void {
  const id = randomUUID();
  const path = file(paths, cloud, app);
  const now = (): string => new Date().toISOString();
  makeFolder(join(cloudDir(paths, cloud), "history"));
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) renameSync(path, `${path}.old`);
  append(path, { format: 1, type: "exec", id, at: now(), ...what });
  return (exitCode) => append(path, { format: 1, type: "exec-end", id, at: now(), exitCode });
}

/** One write, so that two commands at once do not mix their lines. */
function append(path: string, record: Begun | Ended): void {
  appendFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
}

/** The last `count`, oldest first. A line that was cut off is passed over. */
export function readHistory(paths: Paths, cloud: string, app: string, count: number): HistoryEntry[] {
  const entries = new Map<string, HistoryEntry>();
  for (const record of recordsOf(file(paths, cloud, app))) {
    if (record.type === "exec") {
      const { format: _, ...entry } = record;
      entries.set(record.id, entry);
    } else {
      const entry = entries.get(record.id);
      if (entry) entries.set(record.id, { ...entry, endedAt: record.at, exitCode: record.exitCode });
    }
  }
  return [...entries.values()].slice(-count);
}

function recordsOf(path: string): (Begun | Ended)[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Begun | Ended];
    } catch {
      return [];
    }
  });
}
