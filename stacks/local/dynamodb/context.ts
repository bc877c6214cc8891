/** What every operation is given, and what an operation is. */
import type { Call, LocalCloud } from "../service.ts";
import type { Items } from "./items.ts";
import type { Catalogue } from "./records.ts";
import type { Members } from "./shape.ts";
import type { Streams } from "./streams/records.ts";

export interface Context {
  cloud: LocalCloud;
  tables: Catalogue;
  items: Items;
  streams: Streams;
  /** Background work on tables: filling new indexes, emptying deleted parts, removing expired items. */
  chores: { wake(): void };
  /** As the store's, for changes of items: whoever reads streams is told when it is on disk. */
  write<T>(change: () => T): Promise<T>;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Operation {
  /** The input; other members are not read, as on AWS. */
  members: Members;
  /** Members AWS knows and this server does not carry out: refused by name when they are there. */
  refused?: readonly string[];
  handle(input: any, context: Context, call: Call): unknown | Promise<unknown>;
}
