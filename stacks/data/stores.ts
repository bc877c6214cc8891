/**
 * Which stores there are: the tables and buckets that apps and things keep data in, by the stacks' states and by what a
 * destroy kept. Of each its keys, indexes and counts, as the cloud says them. Reads no item and changes nothing; what an app
 * is made of besides (its site, the table `access`) is no store.
 */
import { Fault } from "../../blueprints/fault.ts";
import { suggest } from "../../blueprints/suggest.ts";
import type { Cloud } from "../cloud.ts";
import { bucketKind, tableKind } from "../components/context.ts";
import { dynamodb, guarded, s3 } from "../deploy/clients.ts";
import { sealedExport } from "../deploy/health.ts";
import type { Kept } from "../deploy/types.ts";
import { faults } from "./faults.ts";

/** DynamoDB's letters for text, number and binary. */
export type KeyType = "S" | "N" | "B";

export interface KeyAttribute {
  name: string;
  type: KeyType;
}

export interface KeySchema {
  hash: KeyAttribute;
  range?: KeyAttribute;
}

export interface StoreIndex {
  name: string;
  key: KeySchema;
  /** Of the table's own hash key; else it is global. */
  local: boolean;
  /** Which attributes it holds; `all` unless it was made otherwise. */
  holds: "all" | "keys" | "some";
}

/** A place where data lies, before the cloud was asked about it. */
export interface Place {
  app: string;
  kind: "table" | "bucket";
  /** As the blueprint calls it. */
  name: string;
  /** What the cloud calls it. */
  id: string;
  /** Its app is removed; the data stayed. */
  kept: boolean;
}

export interface Store extends Place {
  /** Of tables. */
  key?: KeySchema;
  /** Of tables; none of buckets. */
  indexes: StoreIndex[];
  /** Of tables: the attribute that says when an item is over. */
  ttl?: string;
  /** Items of a table (AWS counts every six hours), files of a bucket (counted up to a limit). */
  items?: number;
  sizeBytes?: number;
  /** A bucket with more files than were counted. */
  more?: true;
}

export type TableStore = Store & { kind: "table"; key: KeySchema };
export type BucketStore = Store & { kind: "bucket" };

export interface Owners {
  /** Apps that have a stack; `things` is one. */
  apps: readonly string[];
  /** What a destroy kept, by app: such an app has no stack; of things there may be both. */
  kept: Readonly<Record<string, readonly Kept[]>>;
}

export const thingsStack = "things";

export const isTable = (store: Store): store is TableStore => store.kind === "table";

/** `notes/files` */
export const storeName = ({ app, name }: Pick<Place, "app" | "name">): string => `${app}/${name}`;

/** By app and name. Asks the states alone; an app whose stack was never made has none. Faults: those of the state. */
export async function placesOf(cloud: Cloud, { apps, kept }: Owners): Promise<Place[]> {
  const left = Object.entries(kept).flatMap(([app, all]) => all.flatMap((one) => placeOf(app, one, true)));
  const keptOnly = new Set(left.flatMap(({ app }) => (app === thingsStack ? [] : app)));
  const found = await Promise.all(apps.filter((app) => !keptOnly.has(app)).map((app) => inState(cloud, app)));
  const order = ({ app, name, kind }: Place): string => `${app}/${name} ${kind}`;
  return [...left, ...found.flat()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function placeOf(app: string, { kind, name, id }: Kept, kept: boolean): Place[] {
  if (kind !== tableKind && kind !== bucketKind) return [];
  return [{ app, kind: kind === tableKind ? "table" : "bucket", name, id, kept }];
}

/** What outlives the app is its data; of things, everything is. */
async function inState(cloud: Cloud, app: string): Promise<Place[]> {
  const read = await sealedExport(cloud, app).catch((error: unknown) => {
    if (error instanceof Fault && error.code === "stack-not-found") return { deployment: {} };
    throw error;
  });
  const { deployment } = read as {
    deployment: {
      resources?: { type: string; urn: string; id?: string; retainOnDelete?: boolean; delete?: boolean }[];
    };
  };
  return (deployment.resources ?? [])
    .filter((one) => one.id && !one.delete && (one.retainOnDelete || app === thingsStack))
    .flatMap(({ type, urn, id = "" }) =>
      placeOf(app, { kind: type, name: urn.slice(urn.lastIndexOf("::") + 2), id }, false),
    );
}

/** Each with keys and counts; one that is gone from the cloud is left out. */
export async function storesOf(cloud: Cloud, owners: Owners): Promise<Store[]> {
  const places = await placesOf(cloud, owners);
  const stores = await Promise.all(places.map((place) => describeStore(cloud, place, { count: true })));
  return stores.filter((store) => store !== undefined);
}

/** Undefined when the cloud has it no more. `count`: a bucket's files are counted, which takes a page a thousand. */
export async function describeStore(
  cloud: Cloud,
  place: Place,
  { count = false }: { count?: boolean } = {},
): Promise<Store | undefined> {
  const describe = place.kind === "table" ? describeTable : count ? countBucket : seeBucket;
  return guarded(cloud, () =>
    describe(cloud, place).catch((error: Error) => {
      if (!/NotFound|NoSuchBucket/.test(error.name)) throw error;
      return undefined;
    }),
  );
}

/**
 * The one that is meant by `APP/NAME`, or by `APP/NAME:bucket` where a table has the name, too. Only its app's state is read.
 * Throws `store-unknown`, `store-gone`.
 */
export async function findStore(
  cloud: Cloud,
  { apps, kept }: Owners,
  said: string,
  o: { count?: boolean } = {},
): Promise<Store> {
  const [, app = "", name = "", kind] = /^([^/]+)\/([^:]+)(?::(table|bucket))?$/.exec(said) ?? [];
  const owners = [...new Set([...apps, ...Object.keys(kept)])];
  const own = Object.hasOwn(kept, app) ? { [app]: kept[app]! } : {};
  const places = owners.includes(app) ? await placesOf(cloud, { apps: [app], kept: own }) : [];
  const found = places.filter((place) => place.name === name && (kind ?? place.kind) === place.kind);
  if (found.length > 1) throw faults.severalStores(said);
  if (!found[0]) {
    const known = places.length > 0 ? places.map(storeName) : owners.sort().map((one) => `${one}/...`);
    throw faults.noStore(said, known, suggest(said, known));
  }
  const store = await describeStore(cloud, found[0], o);
  if (!store) throw faults.storeGone(storeName(found[0]), found[0].id);
  return store;
}

interface Described {
  KeySchema?: { AttributeName?: string; KeyType?: string }[];
  IndexName?: string;
  Projection?: { ProjectionType?: string };
}

const holds: Record<string, StoreIndex["holds"]> = { ALL: "all", KEYS_ONLY: "keys", INCLUDE: "some" };

async function describeTable(cloud: Cloud, place: Place): Promise<Store> {
  const { sdk, client } = await dynamodb(cloud);
  try {
    const TableName = place.id;
    const [{ Table }, { TimeToLiveDescription: ttl }] = await Promise.all([
      client.send(new sdk.DescribeTableCommand({ TableName })),
      client.send(new sdk.DescribeTimeToLiveCommand({ TableName })),
    ]);
    const types = new Map(Table?.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType as KeyType]));
    const keyOf = ({ KeySchema = [] }: Described): KeySchema => {
      const attribute = (role: string): KeyAttribute | undefined => {
        const name = KeySchema.find(({ KeyType }) => KeyType === role)?.AttributeName;
        return name === undefined ? undefined : { name, type: types.get(name) ?? "S" };
      };
      const range = attribute("RANGE");
      return { hash: attribute("HASH")!, ...(range ? { range } : {}) };
    };
    const indexOf =
      (local: boolean) =>
      (one: Described): StoreIndex => ({
        name: one.IndexName ?? "",
        key: keyOf(one),
        local,
        holds: holds[one.Projection?.ProjectionType ?? "ALL"] ?? "some",
      });
    return {
      ...place,
      key: keyOf(Table ?? {}),
      indexes: [
        ...(Table?.LocalSecondaryIndexes ?? []).map(indexOf(true)),
        ...(Table?.GlobalSecondaryIndexes ?? []).map(indexOf(false)),
      ],
      ...(ttl?.TimeToLiveStatus === "ENABLED" && ttl.AttributeName ? { ttl: ttl.AttributeName } : {}),
      items: Table?.ItemCount ?? 0,
      sizeBytes: Table?.TableSizeBytes ?? 0,
    };
  } finally {
    client.destroy();
  }
}

async function seeBucket(cloud: Cloud, place: Place): Promise<Store> {
  const { sdk, client } = await s3(cloud);
  try {
    await client.send(new sdk.HeadBucketCommand({ Bucket: place.id, ExpectedBucketOwner: cloud.accountId }));
    return { ...place, indexes: [] };
  } finally {
    client.destroy();
  }
}

async function countBucket(cloud: Cloud, place: Place): Promise<Store> {
  const { measureBucket } = await import("../deploy/measure.ts");
  const { items, sizeBytes, more } = await measureBucket(cloud, { kind: bucketKind, name: place.name, id: place.id });
  return { ...place, indexes: [], items, sizeBytes, ...(more ? { more } : {}) };
}
