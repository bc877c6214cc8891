/**
 * Reads a blueprint's folder: YAML, schema, meaning, files. Everything wrong with it is said at once, each thing with
 * its line and column. Runs nothing of it.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isAlias, isCollection, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { checkManifest } from "./check.ts";
import { faults, type Problem } from "./faults.ts";
import { type BlueprintFile, listFiles, manifestFile } from "./files.ts";
import type { Finding } from "./finding.ts";
import { type Manifest, manifestSchema } from "./manifest.ts";
import { tooMuch } from "./measure.ts";
import { mended } from "./mend.ts";
import { spelled } from "./seen.ts";
import { suggest } from "./suggest.ts";

export interface Blueprint {
  /** Absolute. */
  dir: string;
  manifest: Manifest;
  /** Every file of the folder, sorted. */
  files: readonly BlueprintFile[];
}

const maxBytes = 256 * 1024;

/** Throws `blueprint-not-found`, `blueprint-too-large`, `blueprint-not-plain`, `manifest-invalid`. */
export async function loadBlueprint(folder: string): Promise<Blueprint> {
  const dir = resolve(folder);
  const text = await readManifest(dir);
  const files = await listFiles(dir);
  return { dir, manifest: parseManifest(text, files), files };
}

async function readManifest(dir: string): Promise<string> {
  const path = join(dir, manifestFile);
  // Neither follows a link nor waits for whoever might write to a pipe.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause) => {
    throw cause.code === "ELOOP" ? faults.notPlain(manifestFile, "a symbolic link") : faults.notFound(dir, cause);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw faults.notPlain(manifestFile, "no plain file");
    const { size } = stat;
    if (size > maxBytes) throw faults.tooLarge(manifestFile, "A manifest may have 256 KiB.");
    return new TextDecoder("utf-8", { fatal: true }).decode(await handle.readFile());
  } catch (cause) {
    if (cause instanceof TypeError) throw faults.invalid([{ at: `${manifestFile}:1:1`, message: "is not UTF-8 text" }]);
    throw cause;
  } finally {
    await handle.close();
  }
}

/** From the text alone; `files` are what handlers, site and icon are looked up in. Throws `manifest-invalid`. */
export function parseManifest(text: string, files: readonly BlueprintFile[]): Manifest {
  try {
    return parsed(text, files);
  } catch (cause) {
    // Parser and schema go down with the nesting; a manifest of ours goes eight deep.
    if (!(cause instanceof RangeError)) throw cause;
    throw faults.invalid([{ at: `${manifestFile}:1:1`, message: "is nested too deeply" }]);
  }
}

function parsed(text: string, files: readonly BlueprintFile[]): Manifest {
  const lines = new LineCounter();
  const excess = tooMuch(text);
  if (excess) {
    const before = text.slice(0, excess.offset).split("\n");
    const at = `${manifestFile}:${before.length}:${before.at(-1)!.length || 1}`;
    throw faults.invalid([{ at, message: excess.message }]);
  }
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    lineCounter: lines,
    stringKeys: true,
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${manifestFile}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const broken = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    at: place(pos[0]),
    message: message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, ""),
  }));
  const refused = broken.length > 0 ? broken : refusedSyntax(document.contents, place);
  if (refused.length > 0) throw faults.invalid(refused);

  const where = (finding: Finding): Problem => ({
    at: place(offsetOf(document.contents, finding.path, finding.key ?? false)),
    message: finding.message,
  });
  const value = document.toJS({ maxAliasCount: 0 }) ?? {};
  const checked = manifestSchema.safeParse(value, { reportInput: true });
  const findings = checked.success
    ? checkManifest(checked.data, files)
    : [...checked.error.issues.flatMap((issue) => findingsOf(issue)), ...ofTheRest(value, checked.error.issues, files)];
  if (findings.length > 0 || !checked.success) throw faults.invalid(inOrder(findings.map(where)));
  return checked.data;
}

/** What else is wrong beside what the schema refuses. A key that is spelt right may show a value that is not. */
function ofTheRest(value: unknown, issues: readonly z.core.$ZodIssue[], files: readonly BlueprintFile[]): Finding[] {
  const refused = issues.filter(({ code }) => code !== "unrecognized_keys").map(({ path }) => path);
  let rest = value;
  let left = issues;
  for (let tries = 0; tries < 3; tries++) {
    rest = mended(rest, left, (path, key) => suggest(key, keysAt(manifestSchema, path)));
    if (rest === undefined) return [];
    const checked = manifestSchema.safeParse(rest);
    if (checked.success)
      return checkManifest(checked.data, files).filter(({ path }) => !refused.some((above) => isBelow(above, path)));
    left = checked.error.issues;
  }
  return [];
}

const isBelow = (above: readonly PropertyKey[], path: readonly PropertyKey[]): boolean =>
  above.every((part, depth) => path[depth] === part);

/** Anchors, aliases, merge keys and tags: ways to say a thing twice, or something other than what stands there. */
function refusedSyntax(contents: unknown, place: (offset: number) => string): Problem[] {
  const problems: Problem[] = [];
  const add = (node: Node, message: string) => problems.push({ at: place(node.range?.[0] ?? 0), message });
  visit(contents as Node, (key, node) => {
    if (isAlias(node)) add(node, "aliases (*name) are not allowed");
    if ((isScalar(node) || isCollection(node)) && node.anchor) add(node, "anchors (&name) are not allowed");
    if ((isScalar(node) || isCollection(node)) && node.tag && !node.tag.startsWith("tag:yaml.org,2002:"))
      add(node, `tags (${name(node.tag)}) are not allowed`);
    if (key === "key" && isScalar(node) && node.value === "__proto__") add(node, "`__proto__` is no name");
    if (key === "key" && isScalar(node) && node.value === "<<") add(node, "merge keys (<<) are not allowed");
  });
  if (!isMap(contents)) problems.push({ at: place(0), message: "a manifest is a mapping of names to values" });
  return problems;
}

/** Where the value at a path stands, or its key; the nearest thing above it when it is not there. */
function offsetOf(contents: unknown, path: readonly PropertyKey[], key: boolean): number {
  let node: unknown = contents;
  let offset = 0;
  for (const [depth, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (!pair) return offset;
      const keyOffset = (pair.key as Node).range?.[0] ?? offset;
      if (key && depth === path.length - 1) return keyOffset;
      node = pair.value;
      offset = (node as Node | null)?.range?.[0] ?? keyOffset;
    } else if (isCollection(node)) {
      node = node.get(part, true);
      offset = (node as Node | null)?.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}

/** A key as it stands in a sentence: what is wrong with it comes behind it, and has to be seen. */
const name = (key: PropertyKey): string => spelled(String(key), 60);

function findingsOf(issue: z.core.$ZodIssue): Finding[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const near = suggest(key, keysAt(manifestSchema, issue.path));
      const help = near
        ? `did you mean \`${near}\`?`
        : `known here: ${[...keysAt(manifestSchema, issue.path)].join(", ")}`;
      return { path: [...issue.path, key], key: true, message: `\`${name(key)}\` is not known; ${help}` };
    });
  const at = issue.path.map(name).join(".");
  if (issue.code === "invalid_key")
    return [
      { path: issue.path, key: true, message: `${at}: ${issue.issues.map(({ message }) => message).join("; ")}` },
    ];
  if (issue.code === "invalid_union") {
    const inner = issue.errors.flat().filter(({ code }) => code !== "invalid_type" || issue.errors.length === 1);
    const deeper = inner.flatMap((one) =>
      findingsOf({ ...one, path: [...issue.path, ...one.path] } as z.core.$ZodIssue),
    );
    if (deeper.length > 0) return deeper;
  }
  const message = issue.message.replace(/^Invalid (input|option): /, "");
  if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value"))
    return [{ path: issue.path, message: `${at} is missing` }];
  return [{ path: issue.path, message: at === "" ? message : `${at}: ${message}` }];
}

/** The known keys of the object at a path, for suggestions. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  const definition = (schema as { def?: Record<string, any> }).def;
  if (!definition) return [];
  if (definition.innerType) return keysAt(definition.innerType, path);
  if (definition.options) return definition.options.flatMap((option: unknown) => keysAt(option, path));
  if (path.length === 0) return definition.shape ? Object.keys(definition.shape) : [];
  const [first, ...rest] = path;
  return keysAt(definition.shape?.[first as string] ?? definition.valueType ?? definition.element, rest);
}

function inOrder(problems: Problem[]): Problem[] {
  const position = ({ at }: Problem): number => {
    const [line, column] = at.split(":").slice(-2).map(Number);
    return line! * 100_000 + column!;
  };
  return [...problems].sort((a, b) => position(a) - position(b));
}
