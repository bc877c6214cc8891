/** `data query`: says what it will read, asks where that is a lot, and answers with what was found. */
import type { Json, Plan, Store } from "../../stacks/deploy.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { keyIn } from "../found-data.ts";
import { again, enterStore, isTable, limitOf } from "../stores.ts";
import { dollarsWords } from "../ui/dollars.ts";
import { sizeWords } from "../ui/size.ts";
import { many } from "../ui/table.ts";
import { confirm } from "./operation.ts";

export interface QueryDocument {
  cloud: string;
  store: string;
  kind: Store["kind"];
  key: string[];
  filter?: string;
  plan: Pick<Plan, "by" | "index" | "says" | "reads" | "dollars">;
  items: { [name: string]: Json }[];
  /** Of each item what names it in `data get`, `edit` and `rm`, whole, as one word. */
  keys: string[];
  /** Only what it would read was asked for; `asked`: it would be asked about before. */
  planned?: { words: string; asked: boolean };
  /** How many the cloud looked at. */
  read: number;
  /** How many there are, where all of them were seen. */
  total?: number;
  /** Only the number was asked for. */
  counted?: true;
  next?: string;
}

const usualLimit = 50;
/** About four pages of DynamoDB's, or ten of S3's names. */
const askBytes = 4_000_000;
const askFiles = 10_000;

export async function run(input: Input): Promise<Outcome> {
  const limit = limitOf(input, "data query", usualLimit);
  const [, filter] = input.args;
  const { count, sort, from } = flagsOf(input);
  // Going on reads no more than was said when it began.
  const { config, cloud, room, store, name } = await enterStore(input, { count: from === undefined });
  const plan = room.planOf(config.region, store, filter, sort);
  const costs = config.target === "aws";
  const words = planWords(plan, { costs, kind: store.kind });
  const all = filter !== undefined || count || sort !== undefined;
  const large = isTable(store) ? (plan.reads?.sizeBytes ?? 0) > askBytes : (plan.reads?.items ?? 0) >= askFiles;
  const asked = plan.by === "whole" && all && large && from === undefined;
  const { by, index, says, reads, dollars } = plan;
  const about = {
    ...{ cloud: config.name, store: name, kind: store.kind, key: isTable(store) ? room.keyNames(store) : ["key"] },
    ...(filter === undefined ? {} : { filter }),
    plan: { by, ...(index ? { index } : {}), says, ...(reads ? { reads } : {}), dollars: costs ? dollars : {} },
  };
  if (input.flags["plan"] === true)
    return { document: { ...about, items: [], keys: [], read: 0, planned: { words, asked } } satisfies QueryDocument };
  if (asked)
    await confirm(
      { ...input, typed: again(input, "data query", "").trimEnd() },
      `This reads ${words}. Read it?`,
      "--yes",
    );
  else input.note?.(`reads ${words}`);
  const { items, read, total, next } = await room.answerOf(cloud, store, {
    ...{ plan, limit, count, descending: input.flags["desc"] === true },
    ...(sort === undefined ? {} : { sort }),
    ...(from === undefined ? {} : { from }),
  });
  const shown = input.flags["typed"] === true && isTable(store) ? room.typedItem : room.plainItem;
  const document: QueryDocument = {
    ...about,
    items: items.map(shown),
    keys: items.map((item) => room.keyJson(keyIn({ room, store }, item))),
    read,
    ...(total === undefined || from !== undefined ? {} : { total }),
    ...(count ? { counted: true as const } : {}),
    ...(next === undefined ? {} : { next }),
  };
  return { document };
}

function flagsOf(input: Input): { count: boolean; sort: string | undefined; from: string | undefined } {
  const [sort, from] = [text(input.flags, "sort"), text(input.flags, "from")];
  const count = input.flags["count"] === true;
  if (count && (sort ?? from) !== undefined)
    throw faults.arguments("data query", "--count counts all that fits: it goes with neither --sort nor --from");
  return { count, sort, from };
}

/** `the whole of notes/notes, about 1000 items, 4.1 MB, about $0.0001` */
export function planWords(
  { says, reads, dollars }: Pick<Plan, "says" | "reads" | "dollars">,
  { costs, kind }: { costs: boolean; kind: Store["kind"] },
): string {
  const { all, perThousand } = dollars;
  const cost = all === undefined ? `${dollarsWords(perThousand ?? 0)} each 1000 it finds` : dollarsWords(all);
  return [
    says,
    ...(reads ? [`about ${many(reads.items, kind === "table" ? "item" : "file")}, ${sizeWords(reads.sizeBytes)}`] : []),
    ...(costs ? [`about ${cost}`] : []),
  ].join("; ");
}
