/**
 * A text in the editor of whoever is at the terminal: $VISUAL, else $EDITOR, started without a shell, on a file that only its
 * owner reads. The file goes when it is done with; where what was written could not be used, it stays and is named.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { exitCodes, Fault } from "../blueprints/fault.ts";
import type { Input } from "./command.ts";
import { faults } from "./errors.ts";

export interface Editing {
  file: string;
  /** What is in it when the editor has ended. Throws `editor-failed`; the file is left as it is. */
  edit(): Promise<string>;
  /** Written over, before it is edited again. */
  write(text: string): void;
  done(): void;
}

/** `name`: of the file, so that an editor knows what it is. Throws `editor-missing`. */
export function beginEditing(input: Input, name: string, text: string | Uint8Array): Editing {
  const [command, ...args] = editorOf(input);
  const dir = mkdtempSync(join(tmpdir(), "freehold-edit-"));
  const file = join(dir, name);
  writeFileSync(file, text, { mode: 0o600 });
  return {
    file,
    async edit() {
      await run(input, command!, [...args, file]);
      return readFileSync(file, "utf8");
    },
    write: (again) => writeFileSync(file, again, { mode: 0o600 }),
    done: () => rmSync(dirname(file), { recursive: true, force: true }),
  };
}

function editorOf({ env, interactive }: Input): string[] {
  const said = wordsOf(env["VISUAL"] ?? "").length > 0 ? env["VISUAL"]! : (env["EDITOR"] ?? "");
  const words = wordsOf(said);
  if (words.length > 0) return words;
  if (interactive) return ["vi"];
  throw new Fault({
    code: "editor-missing",
    summary: "There is no editor to open",
    detail: "Neither VISUAL nor EDITOR names one, and this is no terminal.",
    next: "freehold data put --help",
    exitCode: exitCodes.answerNeeded,
  });
}

/** `code --wait`, `"/path with blanks/ed" -n`: words, with quotes as a shell has them and nothing else of one. */
export function wordsOf(said: string): string[] {
  return [...said.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_all, double?: string, single?: string) => double ?? single ?? ""),
  );
}

function run(input: Input, command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: input.cwd, env: input.env, stdio: "inherit" });
    // Ctrl-C is the editor's.
    const stay = input.onInterrupt(() => undefined);
    child.once("error", (error: NodeJS.ErrnoException) => {
      stay();
      reject(error.code === "ENOENT" || error.code === "EACCES" ? faults.commandMissing(command, error.code) : error);
    });
    child.once("exit", (code) => {
      stay();
      if (code === 0) resolve();
      else reject(failed(command, args.at(-1)!));
    });
  });
}

const failed = (command: string, file: string): Fault =>
  new Fault({
    code: "editor-failed",
    summary: "The editor did not end well",
    detail: `${command} ended with an error. Nothing was changed; what was written is in ${file}.`,
    at: file,
  });
