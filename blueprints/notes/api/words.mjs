/**
 * Full-text search without a search engine: a row (bucket, entry) for each word of each note, where bucket is the
 * word's first two letters and entry is `WORD NOTE`. The beginning of a word is one key-range query; several words are
 * the intersection. Tags live beside them in the bucket `#`.
 */
import { BatchWriteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { tables, WORDS } from "./store.mjs";

const maxWordsPerNote = 5_000;
const maxTerms = 8;
const segmenter = new Intl.Segmenter("und", { granularity: "word" });

/** Lower case, without accents, so that `Cafe` finds `café`. */
const fold = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().slice(0, 64);

export function wordsOf(text) {
  const words = new Set();
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    if (isWordLike) words.add(fold(segment));
    if (words.size >= maxWordsPerNote) break;
  }
  words.delete("");
  return words;
}

/** `#garden` anywhere in the text, but not `# Heading` and not the fragment of an address. */
export function tagsOf(text) {
  return [
    ...new Set(
      [...text.matchAll(/(?<![\p{L}\p{N}/#&])#([\p{L}\p{N}][\p{L}\p{N}_-]{0,47})/gu)].map((match) => fold(match[1])),
    ),
  ].sort();
}

/** Brings the rows of one note from what it said to what it says. */
export async function index(id, before, after) {
  const old = rowsOf(id, before);
  const wanted = rowsOf(id, after);
  const requests = [
    ...[...wanted].filter(([key]) => !old.has(key)).map(([, Item]) => ({ PutRequest: { Item } })),
    ...[...old].filter(([key]) => !wanted.has(key)).map(([, Key]) => ({ DeleteRequest: { Key } })),
  ];
  const batches = [];
  for (let at = 0; at < requests.length; at += 25) batches.push(requests.slice(at, at + 25));
  await Promise.all(batches.map(writeAll));
}

async function writeAll(requests) {
  let rest = requests;
  for (let attempt = 0; rest.length > 0; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(2_000, 50 * 2 ** attempt)));
    const { UnprocessedItems } = await tables.send(new BatchWriteCommand({ RequestItems: { [WORDS]: rest } }));
    rest = UnprocessedItems?.[WORDS] ?? [];
  }
}

function rowsOf(id, { text, tags }) {
  const rows = new Map();
  for (const word of wordsOf(text)) rows.set(word, { bucket: bucketOf(word), entry: `${word} ${id}` });
  for (const tag of tags) rows.set(`#${tag}`, { bucket: "#", entry: `${tag} ${id}` });
  return rows;
}

const bucketOf = (word) => `w${[...word].slice(0, 2).join("")}`;

/** Ids of the notes that have all of the query's words (as beginnings) and tags, newest first. */
export async function findNotes(query) {
  const tags = tagsOf(query);
  const terms = [...wordsOf(query.replace(/#[\p{L}\p{N}_-]+/gu, " "))].slice(0, maxTerms);
  if (terms.length + tags.length === 0) return [];
  const sets = await Promise.all([...terms.map(notesWithWord), ...tags.map(notesWithTag)]);
  const common = sets.map((ids) => new Set(ids)).reduce((left, right) => left.intersection(right));
  // Ids begin with the time of making.
  return [...common].sort().reverse();
}

async function notesWithWord(term) {
  // A single letter finds only the words that are that letter: its beginnings are spread over all second letters.
  return ids(await rows(bucketOf(term), term));
}

export async function notesWithTag(tag) {
  return ids(await rows("#", `${fold(tag)} `));
}

export async function listTags() {
  const counts = new Map();
  for (const { entry } of await rows("#", "")) {
    const tag = entry.slice(0, entry.lastIndexOf(" "));
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return { tags: [...counts].map(([name, count]) => ({ name, count })) };
}

const ids = (found) => [...new Set(found.map(({ entry }) => entry.slice(entry.lastIndexOf(" ") + 1)))];

async function rows(bucket, beginning) {
  const found = [];
  let start;
  do {
    const page = await tables.send(
      new QueryCommand({
        TableName: WORDS,
        KeyConditionExpression: beginning
          ? "#bucket = :bucket AND begins_with(entry, :beginning)"
          : "#bucket = :bucket",
        ExpressionAttributeNames: { "#bucket": "bucket" },
        ExpressionAttributeValues: { ":bucket": bucket, ...(beginning ? { ":beginning": beginning } : {}) },
        ExclusiveStartKey: start,
      }),
    );
    found.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return found;
}
