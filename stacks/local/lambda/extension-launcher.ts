/**
 * How extensions are begun beside a runtime, inside the same fence: a small shell that starts each file of
 * /opt/extensions, then the runtime when it is told to, and says on descriptor 3 how each of them ended. Knows no
 * protocol of theirs.
 */
import type { ChildProcess } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";

/** On AWS these are the runtime's alone. */
const ofRuntime =
  "_HANDLER AWS_EXECUTION_ENV AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR";

/** Waits for one command, hands it its signals, and says its number and status. */
const watcher = [
  'freehold_watch="$1" freehold_number="$2"',
  "shift 2",
  // What extensions print is told from what the function prints.
  'if [ "$freehold_number" = 0 ]; then $freehold_watch "$@" </dev/null 3>&- 4>&- &',
  'else $freehold_watch "$@" </dev/null >&4 2>&4 3>&- 4>&- &',
  "fi",
  "freehold_child=$!",
  `trap 'kill -TERM "$freehold_child" 2>/dev/null' TERM`,
  `trap 'kill -KILL "$freehold_child" 2>/dev/null' USR1`,
  'wait "$freehold_child"',
  "freehold_code=$?",
  // A signal ends the waiting, not the command.
  'while kill -0 "$freehold_child" 2>/dev/null; do wait "$freehold_child"; freehold_code=$?; done',
  'echo "$freehold_number $freehold_code" >&3',
].join("\n");

const launcher = [
  'freehold_watcher="$1" freehold_watch="" freehold_left="$3" freehold_number=0',
  // Without a process namespace nothing else ends them with the cloud.
  'if [ "$2" = bare ] && command -v setpriv >/dev/null; then freehold_watch="setpriv --pdeathsig KILL --"; fi',
  "shift 3",
  "unset PWD OLDPWD SHLVL",
  'while [ "$freehold_left" -gt 0 ]; do',
  "freehold_number=$((freehold_number + 1)) freehold_left=$((freehold_left - 1))",
  `(unset ${ofRuntime}; exec $freehold_watch /bin/sh -c "$freehold_watcher" sh "$freehold_watch" "$freehold_number" "$1") &`,
  "shift",
  "done",
  "while read -r freehold_word; do",
  'case "$freehold_word" in',
  'start) $freehold_watch /bin/sh -c "$freehold_watcher" sh "$freehold_watch" 0 "$@" & freehold_runtime=$! ;;',
  'term) kill -TERM "$freehold_runtime" 2>/dev/null ;;',
  'kill) kill -USR1 "$freehold_runtime" 2>/dev/null ;;',
  "esac",
  "done",
].join("\n");

/** The names of the files in `extensions/` of the layers' folder, sorted. */
export async function extensionNames(optDir: string | undefined): Promise<string[]> {
  if (optDir === undefined) return [];
  const entries = await readdir(join(optDir, "extensions"), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

/** The command that starts these files and, when it is told, `command`. `bare`: in no process namespace. */
export function withExtensions(paths: readonly string[], bare: boolean, command: readonly string[]): string[] {
  return ["/bin/sh", "-c", launcher, "sh", watcher, bare ? "bare" : "", String(paths.length), ...paths, ...command];
}

const launched = new WeakMap<ChildProcess, readonly string[]>();

/** Remembers which extensions a process starts. */
export function markLaunched(child: ChildProcess, names: readonly string[]): void {
  launched.set(child, names);
}

/** What tells the launcher, and hears from it. */
export interface Launched {
  names: readonly string[];
  tell(word: "start" | "term" | "kill"): void;
  /** `name` is null for the runtime; `code` as shells have it: 128 and more for signals. */
  onExit(listener: (name: string | null, code: number) => void): void;
}

/** Null for a process without extensions. */
export function launchedBy(child: ChildProcess): Launched | null {
  const names = launched.get(child);
  if (!names) return null;
  const talk = child.stdio[3] as Duplex;
  // Who is gone is not told.
  talk.on("error", () => undefined);
  return {
    names,
    tell: (word) => void talk.write(`${word}\n`),
    onExit(listener) {
      let rest = "";
      talk.on("data", (bytes: Buffer) => {
        const lines = (rest + bytes.toString("latin1")).split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          const [number, code] = line.split(" ").map(Number);
          listener(number === 0 ? null : names[number! - 1]!, code!);
        }
      });
    },
  };
}
