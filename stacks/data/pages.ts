/**
 * What a plan finds, a page at a time: of a million items there is never more than a page in memory, but for what a sort
 * keeps. No page that is answered is empty while there is more. A place to go on from is a token, good for the same question.
 */
import { createHash } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { dynamodb, guarded, s3 } from "../deploy/clients.ts";
import { expressionOf, Placeholders, testOf } from "./expression.ts";
import { faults } from "./faults.ts";
import { compareText } from "./filter.ts";
import { matches, order, valueAt } from "./matches.ts";
import type { Plan } from "./plan.ts";
import { isTable, type Store, storeName, type TableStore } from "./stores.ts";
import { type Item, typedItem, untypedItem, type Value } from "./values.ts";

export interface Question {
  plan: Plan;
  /** At most so many are answered. */
  limit: number;
  /** The name of an attribute. */
  sort?: string;
  descending?: boolean;
  /** Only how many there are. */
  count?: boolean;
  /** A token of an earlier answer. */
  from?: string;
}

export interface Answer {
  /** Items as DynamoDB has them; a file as `key`, `size` and `modified`. */
  items: Item[];
  /** How many the cloud looked at. */
  read: number;
  /** How many there are: where all of it was read. */
  total?: number;
  /** There may be more, from here on. */
  next?: string;
}

interface Position {
  query: number;
  /** The last one that was read; a bucket's is its name. */
  after?: Item | string;
}

interface Page {
  /** Of which query it is. */
  query: number;
  items: Item[];
  count: number;
  read: number;
  /** Where the next page begins; undefined at the end. */
  next?: Position;
}

/** Throws `token-wrong`, and what the cloud refuses. */
export async function answerOf(cloud: Cloud, store: Store, question: Question): Promise<Answer> {
  const { sort, descending = false, plan, limit } = question;
  const asked = digestOf(store, question);
  const from = question.from === undefined ? undefined : positionOf(question.from, asked, store);
  const natural = sort === undefined || (plan.schema?.range?.name === sort && plan.queries.length === 1);
  const pages = pagesOf(cloud, store, question, { from: from ?? { query: 0 }, backwards: descending && natural });
  return guarded(cloud, async () => {
    if (question.count) return counted(pages, plan);
    if (!natural) return sorted(pages, plan, { sort: sort!, descending, limit });
    return upTo(pages, store, plan, limit, asked);
  });
}

const chosen = ({ items }: Page, { here }: Plan): Item[] =>
  here ? items.filter((item) => matches(here, item)) : items;

async function counted(pages: AsyncIterable<Page>, plan: Plan): Promise<Answer> {
  const answer = { items: [], read: 0, total: 0 };
  for await (const page of pages) {
    answer.total += plan.here ? chosen(page, plan).length : page.count;
    answer.read += page.read;
  }
  return answer;
}

async function upTo(
  pages: AsyncIterable<Page>,
  store: Store,
  plan: Plan,
  limit: number,
  asked: string,
): Promise<Answer> {
  const items: Item[] = [];
  let read = 0;
  for await (const page of pages) {
    read += page.read;
    const found = chosen(page, plan);
    const room = limit - items.length;
    items.push(...found.slice(0, room));
    if (found.length > room)
      return { items, read, next: tokenOf({ query: page.query, after: keyFor(store, plan, items.at(-1)!) }, asked) };
    if (items.length === limit && page.next) return { items, read, next: tokenOf(page.next, asked) };
  }
  return { items, read, total: items.length };
}

/** The first ones of the order, and nothing else, are kept while it is read. */
async function sorted(
  pages: AsyncIterable<Page>,
  plan: Plan,
  { sort, descending, limit }: { sort: string; descending: boolean; limit: number },
): Promise<Answer> {
  const compare = (a: Item, b: Item): number => {
    const [left, right] = [valueAt(a, [sort]), valueAt(b, [sort])];
    // What has no such attribute comes last, either way.
    if (!left || !right) return Number(!left) - Number(!right);
    return (descending ? -1 : 1) * acrossKinds(left, right);
  };
  let best: Item[] = [];
  let [read, total] = [0, 0];
  for await (const page of pages) {
    const found = chosen(page, plan);
    read += page.read;
    total += found.length;
    best = [...best, ...found].sort(compare).slice(0, limit);
  }
  return { items: best, read, total };
}

/** Numbers before text before the rest. */
function acrossKinds(left: Value, right: Value): number {
  const same = order(left, right);
  if (!Number.isNaN(same)) return same;
  const kind = (value: Value): string =>
    value.N !== undefined ? "0" : value.S !== undefined ? "1" : Object.keys(value)[0]!;
  return compareText(kind(left), kind(right));
}

function pagesOf(
  cloud: Cloud,
  store: Store,
  question: Question,
  o: { from: Position; backwards: boolean },
): AsyncIterable<Page> {
  return isTable(store) ? tablePages(cloud, store, question, o) : filePages(cloud, store, question, o.from);
}

async function* tablePages(
  cloud: Cloud,
  { id: TableName }: TableStore,
  { plan, limit, sort, count }: Question,
  { from, backwards }: { from: Position; backwards: boolean },
): AsyncGenerator<Page> {
  const { sdk, client } = await dynamodb(cloud);
  const whole = plan.queries.length === 0;
  const asks = whole ? [scanOf(plan)] : plan.queries.map((one) => queryOf(plan, one));
  const everything = !plan.sent && !plan.here && (sort === undefined || sort === plan.schema?.range?.name);
  const about = {
    TableName,
    ...(count && !plan.here ? { Select: "COUNT" as const } : {}),
    // One more says whether there are more.
    ...(!count && everything ? { Limit: limit + 1 } : {}),
  };
  try {
    for (let query = from.query, after = from.after; query < asks.length; query++, after = undefined)
      for (let more = true; more; ) {
        const input = { ...about, ...asks[query], ...(after ? { ExclusiveStartKey: after as Item } : {}) };
        const found = whole
          ? await client.send(new sdk.ScanCommand(input))
          : await client.send(new sdk.QueryCommand({ ...input, ScanIndexForward: !backwards }));
        after = found.LastEvaluatedKey;
        more = after !== undefined;
        const next = after ? { query, after } : query + 1 < asks.length ? { query: query + 1 } : undefined;
        yield {
          query,
          ...{ items: found.Items ?? [], count: found.Count ?? 0, read: found.ScannedCount ?? 0 },
          ...(next ? { next } : {}),
        };
      }
  } finally {
    client.destroy();
  }
}

function scanOf({ sent }: Plan) {
  const held = new Placeholders();
  const text = sent && expressionOf(sent, held);
  return { ...(text ? { FilterExpression: text } : {}), ...held.attributes() };
}

function queryOf({ sent, schema, index }: Plan, { hash, range }: Plan["queries"][number]) {
  const held = new Placeholders();
  const key = `${held.name(schema!.hash.name)} = ${held.value(hash)}`;
  const KeyConditionExpression = range ? `${key} AND ${testOf(range, held)}` : key;
  const text = sent && expressionOf(sent, held);
  return {
    KeyConditionExpression,
    ...(index === undefined ? {} : { IndexName: index }),
    ...(text ? { FilterExpression: text } : {}),
    ...held.attributes(),
  };
}

async function* filePages(
  cloud: Cloud,
  { id }: Store,
  { plan: { prefix, here }, sort, limit, count }: Question,
  from: Position,
): AsyncGenerator<Page> {
  const { sdk, client } = await s3(cloud);
  const few = here || sort !== undefined || count ? {} : { MaxKeys: Math.min(limit + 1, 1000) };
  const about = { Bucket: id, ExpectedBucketOwner: cloud.accountId, ...(prefix ? { Prefix: prefix } : {}), ...few };
  try {
    for (let after = from.after as string | undefined, more = true; more; ) {
      const page = await client.send(
        new sdk.ListObjectsV2Command({ ...about, ...(after === undefined ? {} : { StartAfter: after }) }),
      );
      const items = (page.Contents ?? []).map(
        ({ Key = "", Size = 0, LastModified }): Item => ({
          key: { S: Key },
          size: { N: String(Size) },
          modified: { S: (LastModified ?? new Date(0)).toISOString() },
        }),
      );
      after = items.at(-1)?.["key"]?.S;
      more = page.IsTruncated === true && after !== undefined;
      const next = more ? { query: 0, after: after! } : undefined;
      yield { query: 0, items, count: items.length, read: items.length, ...(next ? { next } : {}) };
    }
  } finally {
    client.destroy();
  }
}

/** From which DynamoDB goes on after this item; a file's name. */
function keyFor(store: Store, { schema }: Plan, item: Item): Item | string {
  if (!isTable(store)) return item["key"]!.S!;
  const names = [store.key, ...(schema ? [schema] : [])].flatMap(({ hash, range }) => [
    hash,
    ...(range ? [range] : []),
  ]);
  return Object.fromEntries(names.map(({ name }) => [name, item[name]!]));
}

/** Of the store and what is asked of it: a token of another question would leave things out. */
function digestOf({ id }: Store, { plan, sort, descending }: Question): string {
  const asked = JSON.stringify([id, plan, sort, descending === true], (name, value) =>
    name === "says" || name === "reads" || name === "dollars" || name === "at" ? undefined : value,
  );
  return createHash("sha256").update(asked).digest("base64url").slice(0, 12);
}

function tokenOf({ query, after }: Position, asked: string): string {
  const place = after === undefined || typeof after === "string" ? after : typedItem(after);
  return Buffer.from(JSON.stringify({ asked, query, after: place })).toString("base64url");
}

function positionOf(token: string, asked: string, store: Store): Position {
  try {
    const read = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (read.asked !== asked || !Number.isInteger(read.query)) throw new Error("of another question");
    const after = typeof read.after === "object" && read.after !== null ? untypedItem(read.after) : read.after;
    return { query: read.query, ...(after === undefined ? {} : { after }) };
  } catch {
    throw faults.tokenWrong(storeName(store));
  }
}
