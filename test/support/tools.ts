/**
 * Outside programs that tests use when they can be had. Where one is missing its tests are skipped with a loud line:
 * `describe.skipIf(missing(aws, "the aws CLI"))`.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Rounds of the long loops: 3 in `npm test`, 50 and more in `npm run test:long`. */
export const rounds = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? "3");

/** For what `npm test` has no time for: says so, and that the long loops have it. */
export function few(what: string): boolean {
  if (rounds > 3) return false;
  process.stderr.write(`SKIPPED in npm test: ${what}; npm run test:long has it\n`);
  return true;
}

function find(name: string): string | undefined {
  try {
    return execFileSync("/bin/sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function runs(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

function working(name: string, probe: string[]): string | undefined {
  const path = find(name);
  return path && runs(path, probe) ? path : undefined;
}

/** Python with the named module: FREEHOLD_TEST_PYTHON, else python3 on PATH. */
export function pythonWith(module: string): string | undefined {
  const python = process.env["FREEHOLD_TEST_PYTHON"] ?? find("python3");
  return python && runs(python, ["-c", `import ${module}`]) ? python : undefined;
}

export const awsCli = (): string | undefined => working("aws", ["--version"]);
export const motoServer = (): string | undefined => working("moto_server", ["--help"]);
export const openssl = (): string | undefined => working("openssl", ["version"]);
export const git = (): string | undefined => working("git", ["--version"]);
export const strace = (): string | undefined => working("strace", ["-V"]);

export function chromium(): string | undefined {
  for (const path of ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"])
    if (existsSync(path)) return path;
  return undefined;
}

/** Says loudly what is not tested, and why; returns whether to skip. */
export function missing(tool: string | undefined, name: string): boolean {
  if (!tool) console.warn(`\n!!! SKIPPED: ${name} is not on this machine; its tests do not run here !!!\n`);
  return !tool;
}
/** The official Pulumi CLI: FREEHOLD_TEST_PULUMI, else `pulumi` on PATH. */
export function pulumiCli(): string | undefined {
  const path = process.env["FREEHOLD_TEST_PULUMI"] ?? find("pulumi");
  return path && runs(path, ["version"]) ? path : undefined;
}
