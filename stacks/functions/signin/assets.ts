/** The script and the stylesheet of the pages: read once, and known by their content, so that browsers may keep them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "./answer.ts";

const types = { "page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8" } as const;
export type AssetName = keyof typeof types;

const read = new Map<AssetName, { body: string; digest: string }>();

function assetOf(name: AssetName): { body: string; digest: string } {
  const known = read.get(name);
  if (known) return known;
  const body = readFileSync(join(import.meta.dirname, "assets", name), "utf8");
  const made = { body, digest: createHash("sha256").update(body).digest("hex").slice(0, 16) };
  read.set(name, made);
  return made;
}

/** `/assets/DIGEST/page.js` */
export const assetPath = (name: AssetName): string => `/assets/${assetOf(name).digest}/${name}`;

/** Null: not one of them, or not as it is now. */
export function serveAsset(path: string): Answer | null {
  const name = (Object.keys(types) as AssetName[]).find((one) => path === assetPath(one));
  if (!name) return null;
  const headers = { "content-type": types[name], "cache-control": "public, max-age=31536000, immutable" };
  return { statusCode: 200, headers, body: assetOf(name).body };
}
