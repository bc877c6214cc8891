/** The rooms' walls: imports go one way between rooms and never in a circle. Where a thing belongs stays answerable. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const rooms = ["cli", "stacks", "blueprints", "catalog"];

/** Source files by their path from the root; a bundled blueprint is an app, not a part of Freehold. */
function sources(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return folder === "blueprints" ? [] : sources(path);
    return /\.(ts|tsx|mjs|cjs)$/.test(name) ? [path] : [];
  });
}

const files = rooms.flatMap((room) => (statSync(join(root, room), { throwIfNoEntry: false }) ? sources(room) : []));

function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => relative(root, resolve(root, dirname(file), name)).replaceAll("\\", "/"));
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));

/** From (a prefix) to what it may import of ours (prefixes). The first line that fits counts. */
const allowed: [string, string[]][] = [
  ["stacks/local/", ["stacks/local/"]],
  ["stacks/sign-in/", ["stacks/sign-in/"]],
  ["stacks/engine/", ["stacks/engine/", "stacks/sign-in/"]],
  [
    "stacks/providers/",
    ["stacks/providers/", "stacks/engine/provider.ts", "stacks/engine/value.ts", "stacks/sign-in/"],
  ],
  ["stacks/functions/", ["stacks/functions/"]],
  ["stacks/", ["stacks/", "blueprints/"]],
  ["blueprints/", ["blueprints/"]],
  ["catalog/", ["catalog/", "blueprints/"]],
  ["cli/", ["cli/", "catalog/", "blueprints/", "stacks/deploy.ts", "stacks/events.ts", "stacks/cloud.ts"]],
];

describe("imports", () => {
  it("go one way between the rooms", () => {
    const wrong = [...graph].flatMap(([file, imports]) => {
      const rule = allowed.find(([prefix]) => file.startsWith(prefix));
      return imports.filter((to) => !rule?.[1].some((prefix) => to.startsWith(prefix))).map((to) => `${file} -> ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it("the deployment programs reach engine, providers and local cloud only through deploy", () => {
    const wrong = [...graph]
      .filter(([file]) => /^stacks\/(components\/|app\.ts|foundation\.ts|names\.ts|cloud\.ts|events\.ts)/.test(file))
      .flatMap(([file, imports]) =>
        imports.filter((to) => /^stacks\/(engine|providers|local)\//.test(to)).map((to) => `${file} -> ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  it("have no cycles", () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      if (done.has(file)) return;
      for (const to of graph.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("name only packages of docs/dependencies.md, and each of those has its line", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const page = readFileSync(join(root, "docs/dependencies.md"), "utf8");
    const listed = [...page.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]);
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(listed.sort()).toEqual(declared.sort());
  });
});
