/**
 * The card of a blueprint, worked out: what would be made, who may reach what, and what that costs. Reads the folder's
 * files for their digest and runs nothing of them. Of what the author says, only title, tagline, labels and tags are
 * repeated.
 */
import type { Card, CardData, Origin } from "./card.ts";
import { createsOf } from "./creates.ts";
import { digestFiles } from "./digest.ts";
import { type BlueprintFile, filesBelow } from "./files.ts";
import type { Blueprint } from "./load.ts";
import { type Manifest, memoryMb, routesOf, siteOf, timeoutSeconds } from "./manifest.ts";
import { costOf } from "./prices.ts";
import { limitOf, reachOf } from "./reach.ts";

/** `where`: the region whose prices count. Throws what reading a file throws. */
export async function cardOf(blueprint: Blueprint, origin: Origin, where: { region: string }): Promise<Card> {
  const { manifest, files } = blueprint;
  const folder = siteOf(manifest)?.folder;
  const site = folder === undefined ? undefined : filesBelow(folder, files);
  return {
    format: 1,
    ...saidOf(manifest),
    origin,
    digest: await digestFiles(files),
    sizeBytes: bytesOf(files),
    fileCount: files.length,
    creates: createsOf(manifest, site),
    functions: Object.entries(manifest.functions).map(([name, { runtime, memory, timeout, code }]) => ({
      name,
      runtime,
      memoryMb: memoryMb(memory),
      timeoutSeconds: timeoutSeconds(timeout),
      codeBytes: bytesOf(filesBelow(code, files)),
    })),
    routes: routesOf(manifest).map((route) => ({
      path: route.path,
      to: route.to,
      public: route.public,
      ...limitOf(manifest, route),
    })),
    data: dataOf(manifest),
    settings: Object.entries(manifest.settings).map(([name, definition]) => ({ name, ...definition })),
    reach: reachOf(manifest),
    cost: costOf(manifest, { region: where.region, siteBytes: bytesOf(site ?? []) }),
  };
}

/** What its author says. */
function saidOf({
  name,
  title,
  tagline,
  version,
  license,
  tags,
}: Manifest): Pick<Card, "name" | "title" | "tagline" | "version" | "license" | "tags"> {
  return {
    name,
    title,
    ...(tagline === undefined ? {} : { tagline }),
    version,
    ...(license === undefined ? {} : { license }),
    tags: [...tags],
  };
}

const bytesOf = (files: readonly BlueprintFile[]): number =>
  files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);

function dataOf({ tables, buckets }: Manifest): CardData[] {
  const of = (kind: CardData["kind"], all: Record<string, { data: string }>): CardData[] =>
    Object.entries(all).map(([name, { data }]) => ({ kind, name, precious: data === "precious" }));
  return [...of("table", tables), ...of("bucket", buckets)];
}
