/**
 * Catalogs of ten thousand entries: what one takes on the way, to be parsed, and to be searched, beside JSON.parse and a
 * plain filter over the same texts. Also what another refresh asks GitHub when nothing changed.
 */
import { gzipSync } from "node:zlib";
import type { CatalogEntry } from "../../catalog/index/entry.ts";
import { formatIndex, parseIndex } from "../../catalog/index/format.ts";
import { createSearch } from "../../catalog/search.ts";
import { manyEntries } from "../support/catalog-entries.ts";
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
  await parsing(text);
  await searching(entries);
}

async function parsing(text: string): Promise<void> {
  const samples: number[] = [];
  const peers: number[] = [];
  for (let round = 0; round < rounds; round++) {
    samples.push(await timed(() => parseIndex(text)));
    peers.push(await timed(() => JSON.parse(text)));
  }
  const peer = { name: "JSON.parse", samples: peers };
  table.add({ name: "catalog: parse and check 10,000 entries", unit: "ms", goal: "<= 100", samples, peer });
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
