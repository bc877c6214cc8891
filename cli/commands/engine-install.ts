/**
 * `engine install`: writes executables into a folder that are our engine and our providers, for any tool that looks for
 * `pulumi` on PATH. They name this very Freehold and this very Node, and say so when either is gone. A file that
 * is not ours is never written over.
 */
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { distDir, makeFolder } from "../paths.ts";

export interface EngineInstallDocument {
  dir: string;
  /** Of the executables. */
  files: string[];
  /** The folder is on PATH, before any other that has a `pulumi`. */
  onPath: boolean;
}

const mark = "# Written by `freehold engine install`.";
const programs = [
  { name: "pulumi", starts: "pulumi.cjs" },
  { name: "pulumi-resource-aws", starts: "pulumi-resource-aws" },
  { name: "pulumi-resource-cloudflare", starts: "pulumi-resource-cloudflare" },
];

export async function run({ args, cwd, env }: Input): Promise<Outcome> {
  if (process.platform === "win32") throw faults.engineNeedsUnix();
  const dir = resolve(cwd, args[0]!);
  const files = programs.map(({ name }) => join(dir, name));
  for (const file of files) await refuseForeign(file);
  makeFolder(dir);
  for (const [at, { starts }] of programs.entries()) await write(files[at]!, text(join(distDir(), starts)));
  const first = await firstOnPath(env["PATH"] ?? "");
  return { document: { dir, files, onPath: first === files[0] } satisfies EngineInstallDocument };
}

async function refuseForeign(file: string): Promise<void> {
  const there = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
    throw faults.folderUnusable(file, cause);
  });
  if (there !== undefined && !there.includes(mark)) throw faults.engineInTheWay(file);
}

/** Put in place whole: a tool may be starting it just now. */
async function write(file: string, script: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, script);
  await chmod(temporary, 0o755);
  await rename(temporary, file);
}

function text(program: string): string {
  const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
  const version = process.env.FREEHOLD_VERSION ?? "";
  return [
    "#!/bin/sh",
    mark,
    `node=${quoted(process.execPath)}`,
    `program=${quoted(program)}`,
    'if [ ! -x "$node" ] || [ ! -f "$program" ]; then',
    '  [ -f "$program" ] && missing=$node || missing=$program',
    `  printf 'error: %s is gone: Freehold or its Node was moved or removed since this was written. Write it again:\\n\\n    freehold engine install %s\\n' "$missing" "$(dirname "$0")" >&2`,
    "  exit 255",
    "fi",
    `FREEHOLD_ENGINE_WRITTEN_BY=${quoted(version)} exec "$node" "$program" "$@"`,
    "",
  ].join("\n");
}

async function firstOnPath(path: string): Promise<string | undefined> {
  for (const folder of path.split(":").filter(Boolean)) {
    const file = join(folder, "pulumi");
    if (
      await readFile(file).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}
