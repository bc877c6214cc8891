/**
 * Searches indexes that are in memory: every word of a query has to be somewhere in an entry's name, title, tags or
 * tagline; where it is decides the order. When few are found, words a slip away are tried, too. Asks nobody, reads
 * nothing, and answers the same to the same question.
 */
import type { SearchFilters } from "./documents.ts";
import type { CatalogEntry } from "./index/entry.ts";
import { type Vocabulary, vocabularyOf } from "./slips.ts";

export interface SearchedCatalog {
  name: string;
  entries: readonly CatalogEntry[];
}

export interface Found {
  catalog: string;
  entry: CatalogEntry;
}

export interface Results {
  /** In order, at most as many as asked for. */
  found: Found[];
  total: number;
  /** Something is among them that has what was typed only with other letters. */
  corrected: boolean;
}

export type Search = (query: string, filters?: SearchFilters, limit?: number) => Results;

interface Item extends Found {
  /** What words are looked for in, lower case and without accents: ` name title , tags , tagline`. */
  text: string;
  /** Where in `text` the tags and the tagline begin. */
  tagsAt: number;
  taglineAt: number;
}

/** With fewer, words that are nearly these are tried. */
const few = 5;
const maxWords = 8;
const maxWordLength = 64;
/** By where a word is; a whole word is worth more than its beginning, and that more than a part of one. */
const worth = { name: [40, 30, 20], tags: [18, 12, 8], tagline: [6, 5, 3] } as const;
/** Below everything that was found as it was typed. */
const slipWorth = { first: 2, elsewhere: 1 } as const;
const maxScore = maxWords * worth.name[0] + 100;
/** Of a query that is the whole name. */
const isName = 100;

/** Prepares once; each question then takes milliseconds. Earlier catalogs come first among equals. */
export function createSearch(catalogs: readonly SearchedCatalog[]): Search {
  const items = catalogs.flatMap(({ name, entries }) => entries.map((entry) => itemOf(name, entry)));
  // By name, then by the catalogs' order: what is found in this order stays in it among equals.
  items.sort((a, b) => (a.entry.id < b.entry.id ? -1 : a.entry.id > b.entry.id ? 1 : 0));
  let vocabulary: Vocabulary | undefined;
  return (query, filters = {}, limit = Number.POSITIVE_INFINITY) => {
    const words = wordsOf(query);
    const fits = filterOf(filters);
    const scores = items.map((item) => (fits(item) ? scoreOf(item, words) : 0));
    let total = scores.reduce((count, score) => count + (score > 0 ? 1 : 0), 0);
    let corrected = false;
    if (total < few && words.length > 0) {
      vocabulary ??= vocabularyOf(items.map(({ entry }) => fold(`${entry.id} ${entry.title}`)));
      const near = words.map((word) => vocabulary!.near(word));
      for (const at of candidatesOf(near, items, words)) {
        if (scores[at]! > 0 || !fits(items[at]!)) continue;
        scores[at] = near.some((one) => one.get(at)) ? slipWorth.first : slipWorth.elsewhere;
        total++;
        corrected = true;
      }
    }
    return { found: best(items, scores, limit), total, corrected };
  };
}

function itemOf(catalog: string, entry: CatalogEntry): Item {
  const names = ` ${entry.id} ${fold(entry.title)}`;
  const tags = ` ${fold(entry.tags.join(" "))}`;
  const text = `${names}\n${tags}\n ${fold(entry.tagline ?? "")}\n`;
  return { catalog, entry, text, tagsAt: names.length, taglineAt: names.length + tags.length + 1 };
}

/** Lower case, without accents: what people type finds what others wrote. */
function fold(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("\n", " ");
}

function wordsOf(query: string): string[] {
  const words = fold(query.slice(0, maxWords * (maxWordLength + 1)))
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  return [...new Set(words)].slice(0, maxWords).map((word) => word.slice(0, maxWordLength));
}

/** Positive when every word is somewhere in it; without words every item has the same. */
function scoreOf(item: Item, words: readonly string[]): number {
  if (words.length === 0) return 1;
  let score = 0;
  for (const word of words) {
    const worthOf = worthIn(item, word);
    if (worthOf === 0) return 0;
    score += worthOf;
  }
  // Looking at each entry takes longer than all of the search: only one that has the word as a whole in front may be it.
  const mayBe = words.length === 1 && score === worth.name[0];
  return mayBe && item.entry.id === words[0] ? score + isName : score;
}

function worthIn({ text, tagsAt, taglineAt }: Item, word: string): number {
  let most = 0;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const place = at < tagsAt ? worth.name : at < taglineAt ? worth.tags : worth.tagline;
    const begins = isBreak(text.charCodeAt(at - 1));
    const value = begins ? (isBreak(text.charCodeAt(at + word.length)) ? place[0] : place[1]) : place[2];
    if (value > most) most = value;
    // What comes later is worth no more than a whole word there.
    if (most >= place[0]) break;
  }
  return most;
}

/** Space, line end, hyphen, slash, dot, brackets: no letter or digit of ASCII's, and nothing beyond it. */
const isBreak = (code: number): boolean =>
  code < 48 || (code > 57 && code < 65) || (code > 90 && code < 97) || (code > 122 && code < 128) || Number.isNaN(code);

/** Items that have every word, or nearly. */
function candidatesOf(
  near: readonly ReadonlyMap<number, boolean>[],
  items: readonly Item[],
  words: readonly string[],
): number[] {
  const all = new Set(near.flatMap((one) => [...one.keys()]));
  return [...all].filter((at) => words.every((word, index) => near[index]!.has(at) || items[at]!.text.includes(word)));
}

/** The highest scores first, and among equals the items' own order: counted, not sorted. */
function best(items: readonly Item[], scores: readonly number[], limit: number): Found[] {
  const ranks: number[][] = [];
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at]!;
    if (score > 0) {
      const rank = Math.min(score, maxScore);
      ranks[rank] ??= [];
      ranks[rank].push(at);
    }
  }
  const found: Found[] = [];
  for (let rank = ranks.length - 1; rank > 0; rank--)
    for (const at of ranks[rank] ?? []) {
      if (found.length >= limit) return found;
      const { catalog, entry } = items[at]!;
      found.push({ catalog, entry });
    }
  return found;
}

/** What `--reach` may be beside a host's name. */
export const reachFilters = ["none", "public", "secret", "hosts"] as const;

function filterOf({ tags, license, runtime, reach, catalog }: SearchFilters): (item: Item) => boolean {
  const wantedTags = tags?.map(fold) ?? [];
  const wantedLicense = license?.toLowerCase();
  return ({ entry, catalog: from }) =>
    (catalog === undefined || from === catalog) &&
    (wantedLicense === undefined || entry.license?.toLowerCase() === wantedLicense) &&
    (runtime === undefined || entry.runtimes.some((one) => one.startsWith(runtime))) &&
    (reach === undefined || reaches(entry.reach, reach)) &&
    wantedTags.every((tag) => entry.tags.some((one) => fold(one) === tag));
}

function reaches(reach: readonly string[], wanted: string): boolean {
  if (wanted === "none") return reach.length === 0;
  if (wanted === "hosts") return reach.some((one) => one.includes("."));
  return reach.includes(wanted);
}
