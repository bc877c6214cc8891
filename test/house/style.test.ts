/** House rules a linter's stock rules cannot say. Each failure names the file and the line. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

function files(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return files(path, pattern);
    return pattern.test(name) ? [path] : [];
  });
}

const sources = ["cli", "stacks", "blueprints", "catalog"]
  .filter((room) => statSync(join(root, room), { throwIfNoEntry: false }))
  .flatMap((room) => files(room, /\.(ts|tsx|mjs)$/))
  .filter((file) => !/^blueprints\/[^/]+\//.test(file));

function lines(pattern: RegExp, among: string[]): string[] {
  return among.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, at) =>
        pattern.test(line) && !/^\s*(\*|\/\/)/.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [],
      ),
  );
}

/** Files at a process's edge: they read the environment and end the process; the functions run in Lambda. */
const edges =
  /^(cli\/|stacks\/local\/main\.ts|stacks\/pulumi(-resource)?\.ts|stacks\/local\/lambda\/runtime\/|stacks\/functions\/|blueprints\/generate\.ts)/;

describe("house style", () => {
  it("the environment and the process's end belong to the edges", () => {
    expect(
      lines(
        /process\.(env\b|exit\()/,
        sources.filter((file) => !edges.test(file)),
      ),
    ).toEqual([]);
  });

  it("nothing prints outside the command's output and the runtime clients", () => {
    expect(
      lines(
        /\bconsole\.\w+\(/,
        sources.filter((file) => !/^(cli\/build\.ts|stacks\/local\/lambda\/runtime\/|stacks\/functions\/)/.test(file)),
      ),
    ).toEqual([]);
  });

  it("no shell ever sees a string", () => {
    expect(lines(/\bexec(Sync)?\(|shell:\s*true/, sources).filter((line) => !/\.exec\(/.test(line))).toEqual([]);
  });

  it("no file grows beyond 500 lines", () => {
    const long = sources.filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 501);
    expect(long).toEqual([]);
  });

  it("every file says at its head what it is for", () => {
    const silent = sources.filter((file) => !/^(#!.*\n)?\s*\/[*/]/.test(readFileSync(join(root, file), "utf8")));
    expect(silent).toEqual([]);
  });

  it("servers listen on loopback only", () => {
    expect(
      lines(/\.listen\(/, sources).filter((line) => !/127\.0\.0\.1|loopback|\.sock|socketPath/.test(line)),
    ).toEqual([]);
  });
});
