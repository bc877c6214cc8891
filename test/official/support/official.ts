/**
 * The official engine: FREEHOLD_TEST_PULUMI, else a `pulumi` on PATH that is not ours, else one built with Go from its
 * published module into a cache (about four minutes, once a version). Undefined, with the reason said aloud, where
 * there is neither.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

export const officialVersion = "3.259.0";
const module = "github.com/pulumi/pulumi/pkg/v3";

const toolsFile = `//go:build tools

package tools

import _ "${module}/cmd/pulumi"
`;

/** The replacement is the module's own: replacements of a dependency do not reach whoever depends on it. */
const moduleFile = `module official

go 1.26

require ${module} v${officialVersion}

require github.com/pulumi/pulumi/sdk/v3 v${officialVersion}

replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
`;

function say(message: string): void {
  process.stderr.write(`\n!!! ${message} !!!\n\n`);
}

export function findOfficial(): string | undefined {
  const given = process.env["FREEHOLD_TEST_PULUMI"];
  if (given) return given;
  return onPath() ?? built() ?? build();
}

/** What `freehold engine install` writes is our engine under the same name: a script, where theirs is a program. */
function onPath(): string | undefined {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "pulumi"))
    .find((file) => existsSync(file) && !isScript(file));
  return found && runs(found, ["version"]) ? found : undefined;
}

function isScript(file: string): boolean {
  const head = Buffer.alloc(2);
  readSync(openSync(file, "r"), head, 0, 2, 0);
  return head.toString("latin1") === "#!";
}

function runs(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore", timeout: 30_000 }).status === 0;
}

const root = resolve(import.meta.dirname, "../../..");
const cache = join(process.env["XDG_CACHE_HOME"] ?? join(root, "node_modules/.cache"), "freehold-official");
const target = join(cache, officialVersion, "bin", "pulumi");

function built(): string | undefined {
  return existsSync(target) && runs(target, ["version"]) ? target : undefined;
}

function build(): string | undefined {
  if (!runs("go", ["version"])) {
    say("SKIPPED: neither a pulumi nor Go is on this machine; our engine is not compared with the official one");
    return undefined;
  }
  process.stderr.write(`The official engine ${officialVersion} is built with Go; this takes minutes, once.\n`);
  const sources = join(cache, `${officialVersion}-sources`);
  mkdirSync(sources, { recursive: true });
  mkdirSync(join(cache, officialVersion, "bin"), { recursive: true });
  writeFileSync(join(sources, "tools.go"), toolsFile);
  writeFileSync(join(sources, "go.mod"), moduleFile);
  const stamp = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${officialVersion}`;
  const steps = [
    ["mod", "tidy"],
    ["build", "-o", `${target}.part`, "-ldflags", `-s -w ${stamp}`, `${module}/cmd/pulumi`],
  ];
  for (const args of steps) {
    const { status, stderr } = spawnSync("go", args, { cwd: sources, encoding: "utf8", timeout: 20 * 60_000 });
    if (status === 0) continue;
    rmSync(`${target}.part`, { force: true });
    say(`SKIPPED: the official engine could not be built: ${stderr.trim().split("\n").at(-1)}`);
    return undefined;
  }
  renameSync(`${target}.part`, target);
  return target;
}
