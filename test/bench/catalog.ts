/**
 * Catalogs of ten thousand entries: what one takes on the way, to be parsed by a process that has parsed none before, and
 * to be searched, beside JSON.parse and a plain filter over the same texts; and what another refresh asks GitHub when
 * nothing changed, counted at an emulated one.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { CatalogEntry } from "../../catalog/index/entry.ts";
import { formatIndex } from "../../catalog/index/format.ts";
import { createSearch } from "../../catalog/search.ts";
import { manyEntries } from "../support/catalog-entries.ts";
import { startGitHub } from "../support/github.ts";
import { withHome } from "../support/home.ts";
import { table } from "./table.ts";

const count = 10_000;
/** As somebody types them: from one letter on, several words, slips of the finger, and what nothing has. */
const queries = [
  ...["", "n", "no", "not", "note", "notes", "table", "tabel", "data version", "versoin", "function memory"],
  ...["a", "the state of", "resuorces", "qqqzzz", "lambda", "key", "fil", "cloud app", "bucket"],
];
const rounds = 10;

async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

export async function catalog(): Promise<void> {
  const entries = manyEntries(count);
  const text = formatIndex({ format: 1, name: "many", serial: 1, entries });
  const bytes = gzipSync(text).length / count;
  table.add({ name: "catalog: gzip bytes an entry (10,000)", unit: "B", goal: "<= 130", samples: [bytes] });
  parsing(text);
  await refreshing(text);
  await searching(entries);
}

/** One process a sample, since whoever opens browse has one: what is not compiled yet is a part of it. */
function parsing(text: string): void {
  const dir = mkdtempSync(join(tmpdir(), "freehold-bench-"));
  const file = join(dir, "catalog.json");
  writeFileSync(file, text);
  const child = resolve(import.meta.dirname, "catalog-child.ts");
  const run = (how: string): { ms: number; cpuMs: number } =>
    JSON.parse(execFileSync(process.execPath, [child, how, file], { encoding: "utf8" }));
  try {
    const pairs = Array.from({ length: rounds }, () => ({ whole: run("index"), json: run("json") }));
    const peer = { name: "JSON.parse, as cold", samples: pairs.map(({ json }) => json.ms) };
    const samples = pairs.map(({ whole }) => whole.ms);
    table.add({ name: "catalog: parse and check 10,000 entries, cold", unit: "ms", goal: "<= 100", samples, peer });
    const cpuPeer = { name: "JSON.parse, as cold", samples: pairs.map(({ json }) => json.cpuMs) };
    const cpu = pairs.map(({ whole }) => whole.cpuMs);
    table.add({ name: "catalog: the same, processor time", unit: "ms", goal: "<= 100", samples: cpu, peer: cpuPeer });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Through the built command: what GitHub is asked is counted where it is asked. */
async function refreshing(text: string): Promise<void> {
  const hub = await startGitHub();
  const home = await withHome({ env: hub.env });
  try {
    hub.repository("ann/many", { "catalog.json": text });
    await home.json("catalog", "add", "github:ann/many");
    const requests: number[] = [];
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = hub.requests.length;
      times.push(await timed(() => home.freehold("catalog", "refresh", "many")));
      const asked = hub.requests.slice(before);
      if (asked.some(({ status, ifNoneMatch }) => status !== 304 || !ifNoneMatch))
        throw new Error(`asked more than whether it changed: ${JSON.stringify(asked)}`);
      requests.push(asked.length);
    }
    table.add({
      name: "catalog: conditional requests a refresh (10,000, 304)",
      unit: "",
      goal: "1",
      samples: requests,
    });
    table.add({ name: "catalog: that refresh, the whole command", unit: "ms", goal: "-", samples: times });
  } finally {
    await home.close();
    await hub.close();
  }
}

async function searching(entries: CatalogEntry[]): Promise<void> {
  const search = createSearch([{ name: "many", entries }]);
  const texts = entries.map(({ id, title, tagline, tags }) => `${id} ${title} ${tagline} ${tags}`.toLowerCase());
  const plain = (query: string) => texts.filter((one) => query.split(" ").every((word) => one.includes(word)));
  const samples: number[] = [];
  const peers: number[] = [];
  const first = await timed(() => search("tabel", {}, 50));
  for (let round = 0; round < rounds; round++)
    for (const query of queries) {
      samples.push(await timed(() => search(query, {}, 50)));
      peers.push(await timed(() => plain(query)));
    }
  table.add({ name: "catalog: first search with a slip", unit: "ms", goal: "-", samples: [first] });
  const peer = { name: "Array.filter, unranked", samples: peers };
  table.add({ name: "catalog: a query of 10,000 entries", unit: "ms", goal: "<= 5", samples, peer });
  const late = [...samples].sort((a, b) => a - b)[Math.floor(samples.length * 0.95)]!;
  table.add({ name: "catalog: a query, 95th percentile", unit: "ms", goal: "<= 5", samples: [late] });
}
