/**
 * The text of config/catalogs.yaml: reading it by its schema, and changing one line of it while its comments stay. Loads
 * the YAML reader and zod, so it is loaded when the file has changed; which catalogs there are is catalogs.ts's.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Document, isSeq, parseDocument, type YAMLSeq } from "yaml";
import * as z from "zod";
import { faults } from "./catalog-faults.ts";
import { readIfThere, replaceFile } from "./files.ts";
import { fits, name as nameRule } from "./index/rules.ts";

export interface Catalog {
  name: string;
  /** `bundled`, an absolute folder, or `github:OWNER/REPO[@REF]`. */
  ref: string;
  /** GitHub's, as it was when the catalog was added: another repository of this name is not it. */
  repositoryId?: number;
}

const head = `# The catalogs Freehold knows, in the order in which names are looked up; the bundled one comes before them.
# \`freehold catalog ls\` shows them, \`catalog add\` and \`catalog rm\` change this file. No secret is kept here.
format: 1
catalogs: []
`;

const schema = z.strictObject({
  format: z.literal(1),
  catalogs: z
    .array(
      z.strictObject({
        name: z.string().refine((name) => fits(nameRule, name), nameRule.says),
        ref: z.string().min(1).max(4096),
        repositoryId: z.int().positive().optional(),
      }),
    )
    .nullish()
    .transform((list) => list ?? []),
});

/** Throws `catalogs-broken`. */
export function readList(path: string, reserved: ReadonlySet<string>): Catalog[] {
  return checked(parsed(path), path, reserved);
}

function parsed(path: string): Document {
  const document = parseDocument(readIfThere(path) ?? head, { version: "1.2", schema: "core", merge: false });
  const [error] = document.errors;
  if (error) throw faults.catalogsBroken(path, error.message.split("\n")[0]!, error);
  return document as Document;
}

function checked(document: Document, path: string, reserved: ReadonlySet<string>): Catalog[] {
  const { data, error } = schema.safeParse(document.toJS({ maxAliasCount: 0 }));
  const [issue] = error?.issues ?? [];
  if (!data) throw faults.catalogsBroken(path, `${issue!.path.join(".")}: ${issue!.message}.`);
  for (const [at, { name }] of data.catalogs.entries())
    if (reserved.has(name) || data.catalogs.findIndex((one) => one.name === name) < at)
      throw faults.catalogsBroken(path, `catalogs.${at}.name: ${name} is taken.`);
  return data.catalogs;
}

/** The file has been read before, and fits. */
export function appendTo(path: string, { name, ref, repositoryId }: Catalog): void {
  const document = parsed(path);
  const line = document.createNode({ name, ref, ...(repositoryId === undefined ? {} : { repositoryId }) });
  const list = listOf(document);
  if (list) {
    list.flow = false;
    list.add(line);
  } else document.set("catalogs", document.createNode([line]));
  write(path, document);
}

export function takeFrom(path: string, name: string): void {
  const document = parsed(path);
  const list = listOf(document);
  const at = list?.items.findIndex((_, place) => document.getIn(["catalogs", place, "name"]) === name) ?? -1;
  if (at !== -1) document.deleteIn(["catalogs", at]);
  write(path, document);
}

function listOf(document: Document): YAMLSeq | undefined {
  const list = document.get("catalogs");
  return isSeq(list) ? list : undefined;
}

function write(path: string, document: Document): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  replaceFile(path, String(document));
}
