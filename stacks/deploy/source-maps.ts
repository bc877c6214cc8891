/**
 * Stack traces of bundled code, in the words of its sources: by the maps that the function's package brings, beside its
 * files or in them. A package is fetched when a trace of its function is first seen; without maps a trace stays as it is.
 */
import { SourceMap } from "node:module";
import { setTimeout as pause } from "node:timers/promises";
import type { Cloud } from "../cloud.ts";
import { lambda } from "./clients.ts";

/** By the name of the file in the package: `index.mjs`. */
type Maps = ReadonlyMap<string, SourceMap>;

const packageLimitBytes = 64 * 1024 * 1024;
const fetchMs = 10_000;
/** A package that was changed is looked at again. */
const freshMs = 60_000;
const place = /(?:file:\/\/)?(\/[^\s():]+\.[cm]?js):(\d+):(\d+)/g;

/** The answer maps one message of a log group. Never fails: what cannot be mapped is given back. */
export function createTracer(cloud: Cloud): (group: string, message: string) => Promise<string> {
  const known = new Map<string, { at: number; maps: Promise<Maps> }>();
  return async (group, message) => {
    if (message.search(place) === -1 || !group.startsWith("/aws/lambda/")) return message;
    let entry = known.get(group);
    if (!entry || Date.now() - entry.at > freshMs) {
      entry = { at: Date.now(), maps: mapsOf(cloud, group.slice("/aws/lambda/".length)).catch(() => new Map()) };
      known.set(group, entry);
    }
    const maps = await Promise.race([entry.maps, pause(fetchMs, new Map() as Maps, { ref: false })]);
    return maps.size === 0 ? message : mapped(message, maps);
  };
}

/** Each place in a text that is in a mapped file, as its source's. */
export function mapped(message: string, maps: Maps): string {
  return message.replace(place, (whole, path: string, line: string, column: string) => {
    const file = [...maps.keys()].find((name) => path.endsWith(`/${name}`));
    if (file === undefined) return whole;
    const found = maps.get(file)!.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in found) || !found.originalSource) return whole;
    const source = found.originalSource.replace(/^(\.\.?\/)+/, "");
    return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}

async function mapsOf(cloud: Cloud, name: string): Promise<Maps> {
  const { sdk, client } = await lambda(cloud);
  const { Code } = await client.send(new sdk.GetFunctionCommand({ FunctionName: name }));
  client.destroy();
  const answer = await fetch(Code!.Location!, { signal: AbortSignal.timeout(fetchMs) });
  if (!answer.ok || Number(answer.headers.get("content-length") ?? 0) > packageLimitBytes) return new Map();
  return mapsIn(new Uint8Array(await answer.arrayBuffer()));
}

/** Of a zip: `X.map` beside X, else a map in X itself. */
export async function mapsIn(zip: Uint8Array): Promise<Maps> {
  const { unzipSync } = await import("fflate");
  let left = packageLimitBytes;
  const files = unzipSync(zip, {
    filter: ({ name, originalSize }) => {
      if (!/\.[cm]?js(\.map)?$/.test(name) || name.includes("node_modules/")) return false;
      left -= originalSize;
      return left > 0;
    },
  });
  const maps = new Map<string, SourceMap>();
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith(".map")) continue;
    const beside = files[`${name}.map`];
    const text = beside ? Buffer.from(beside).toString("utf8") : inlineMap(Buffer.from(bytes).toString("utf8"));
    const map = text === undefined ? undefined : parsed(text);
    if (map) maps.set(name, map);
  }
  return maps;
}

function inlineMap(code: string): string | undefined {
  const at = code.lastIndexOf("//# sourceMappingURL=data:application/json");
  const base64 = at === -1 ? undefined : /;base64,([\w+/=]+)\s*$/.exec(code.slice(at))?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("utf8");
}

function parsed(text: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(text));
  } catch {
    return undefined;
  }
}
