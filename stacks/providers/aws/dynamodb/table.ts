/**
 * aws:dynamodb/table:Table. DynamoDB changes one thing of a table at a time and answers ResourceInUse meanwhile, so each
 * aspect waits for ACTIVE. Replicas, imports and restores are refused.
 */
import type {
  AttributeDefinition,
  BillingMode,
  CreateTableCommandInput,
  KeySchemaElement,
  SSESpecification,
  StreamSpecification,
  TableDescription,
  UpdateTableCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { PropertyMap } from "../../../engine/value.ts";
import { retried, until } from "../../kit/waiting.ts";
import { hasCode, isUnreadable, problems, wasRepeated } from "../errors.ts";
import { flag, number, object, type Properties, refused, refusedAll, set, text } from "../schema.ts";
import { type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { bool, type Call, compact, num, type ResourceType, str, sub, subs } from "../type.ts";
import { changesOf, definitionOf, fromGlobal, fromLocal, throughputOf, toGlobal, toLocal } from "./indexes.ts";

const projected = {
  name: text({ required: true }),
  nonKeyAttributes: set(text()),
  projectionType: text({ required: true, oneOf: ["ALL", "KEYS_ONLY", "INCLUDE"] }),
};

const properties: Properties = {
  name: text({ replaces: true, computed: true }),
  attributes: set(object({ name: text({ required: true }), type: text({ required: true, oneOf: ["S", "N", "B"] }) })),
  hashKey: text({ replaces: true, required: true }),
  rangeKey: text({ replaces: true }),
  billingMode: text({ default: "PROVISIONED", oneOf: ["PROVISIONED", "PAY_PER_REQUEST"] }),
  readCapacity: number({ computed: true }),
  writeCapacity: number({ computed: true }),
  globalSecondaryIndexes: set(
    object({
      ...projected,
      hashKey: text({ required: true }),
      rangeKey: text(),
      readCapacity: number({ default: 1 }),
      writeCapacity: number({ default: 1 }),
      ...refusedAll("keySchemas onDemandThroughput warmThroughput"),
    }),
  ),
  localSecondaryIndexes: set(object({ ...projected, rangeKey: text({ required: true }) }), { replaces: true }),
  ttl: object({ attributeName: text({ default: "" }), enabled: flag({ default: false }) }),
  pointInTimeRecovery: object({ enabled: flag({ default: false }), recoveryPeriodInDays: number({ default: 35 }) }),
  streamEnabled: flag({ default: false }),
  streamViewType: text({ computed: true, oneOf: ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] }),
  serverSideEncryption: object({ enabled: flag({ default: false }), kmsKeyArn: text() }),
  tableClass: text({ default: "STANDARD", oneOf: ["STANDARD", "STANDARD_INFREQUENT_ACCESS"] }),
  deletionProtectionEnabled: flag({ default: false }),
  globalTableWitness: refused(),
  ...refusedAll(
    "importTable onDemandThroughput replicas restoreBackupArn restoreDateTime restoreSourceName restoreSourceTableArn " +
      "restoreToLatestTime warmThroughput",
  ),
};

export const table: ResourceType = {
  token: "aws:dynamodb/table:Table",
  schemaVersion: 1,
  properties,
  outputs: ["arn", "streamArn", "streamLabel"],
  volatile: ["streamArn", "streamLabel"],
  taggable: true,
  autoname: { property: "name", maxLength: 255 },
  identity: (inputs) => str(inputs, "name"),
  exists: ["ResourceInUseException"],
  create,
  aspects: [
    { of: ["tableClass", "deletionProtectionEnabled"], sync: syncSettings },
    { of: ["billingMode", "readCapacity", "writeCapacity"], sync: syncBilling },
    { of: ["streamEnabled", "streamViewType"], sync: syncStream },
    { of: ["serverSideEncryption"], sync: syncEncryption },
    { of: ["globalSecondaryIndexes", "attributes"], sync: syncIndexes },
    { of: ["ttl"], afterCreate: true, sync: syncTtl },
    { of: ["pointInTimeRecovery"], afterCreate: true, sync: syncRecovery },
    { of: ["tagsAll"], sync: syncTags },
  ],
  observe,
  remove,
};

const client = (call: Call) => call.session.client("dynamodb", call.context, call.label, call.region);

async function describe(call: Call): Promise<TableDescription | undefined> {
  try {
    return (await (await client(call)).describeTable({ TableName: call.id })).Table;
  } catch (error) {
    if (hasCode(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

function keys(hashKey: string | undefined, rangeKey: string | undefined): KeySchemaElement[] {
  const schema: KeySchemaElement[] = [{ AttributeName: hashKey, KeyType: "HASH" }];
  if (rangeKey) schema.push({ AttributeName: rangeKey, KeyType: "RANGE" });
  return schema;
}

const attributesOf = (inputs: PropertyMap): AttributeDefinition[] =>
  subs(inputs, "attributes").map((one) => ({
    AttributeName: str(one, "name"),
    AttributeType: str(one, "type") as AttributeDefinition["AttributeType"],
  }));

const streamOf = (inputs: PropertyMap): StreamSpecification =>
  bool(inputs, "streamEnabled")
    ? {
        StreamEnabled: true,
        StreamViewType: (str(inputs, "streamViewType") ??
          "NEW_AND_OLD_IMAGES") as StreamSpecification["StreamViewType"],
      }
    : { StreamEnabled: false };

function encryptionOf(inputs: PropertyMap): SSESpecification | undefined {
  const wanted = sub(inputs, "serverSideEncryption");
  if (!wanted || !bool(wanted, "enabled")) return undefined;
  return { Enabled: true, SSEType: "KMS", KMSMasterKeyId: str(wanted, "kmsKeyArn") };
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  const TableName = str(inputs, "name")!;
  call.label = TableName;
  const billing = str(inputs, "billingMode") ?? "PROVISIONED";
  const [globals, locals] = [subs(inputs, "globalSecondaryIndexes"), subs(inputs, "localSecondaryIndexes")];
  const tags = tagList(inputs["tagsAll"] as PropertyMap | undefined);
  const request: CreateTableCommandInput = {
    TableName,
    AttributeDefinitions: attributesOf(inputs),
    KeySchema: keys(str(inputs, "hashKey"), str(inputs, "rangeKey")),
    BillingMode: billing as BillingMode,
    ProvisionedThroughput: throughputOf(inputs, billing),
    GlobalSecondaryIndexes: globals.length > 0 ? globals.map((one) => toGlobal(one, billing)) : undefined,
    LocalSecondaryIndexes: locals.length > 0 ? locals.map((one) => toLocal(one, str(inputs, "hashKey")!)) : undefined,
    StreamSpecification: bool(inputs, "streamEnabled") ? streamOf(inputs) : undefined,
    SSESpecification: encryptionOf(inputs),
    TableClass: str(inputs, "tableClass") as CreateTableCommandInput["TableClass"],
    DeletionProtectionEnabled: bool(inputs, "deletionProtectionEnabled") || undefined,
    Tags: tags.length > 0 ? tags : undefined,
  };
  // Fifty tables may change at once in an account.
  const wait = { what: `room for another table change`, seconds: 300 };
  const dynamodb = await client(call);
  await retried(
    call.context,
    wait,
    (error) => hasCode(error, "LimitExceededException") && busy(error),
    () => dynamodb.createTable(request),
  );
  call.id = TableName;
  await active(call);
  return TableName;
}

const busy = (error: unknown): boolean => /simultaneous|subscriber limit.*index/i.test((error as Error).message);

/** Waits until the table and its indexes take changes; the probes are dense because most tables take seconds. */
async function active(call: Call): Promise<TableDescription> {
  const wait = { what: `table ${call.id} to be ACTIVE`, seconds: 900 };
  return await until(call.context, wait, async () => {
    const live = await describe(call);
    if (!live) return undefined;
    if (live.TableStatus === "INACCESSIBLE_ENCRYPTION_CREDENTIALS")
      throw problems.failed(`table ${call.id}`, "its encryption key cannot be used");
    const ready = (live.GlobalSecondaryIndexes ?? []).every(
      ({ IndexStatus }) => !IndexStatus || IndexStatus === "ACTIVE",
    );
    return live.TableStatus === "ACTIVE" && ready ? live : undefined;
  });
}

/**
 * One change of the table, from ACTIVE to ACTIVE. `done` of what it is then: an attempt whose answer was lost may have done
 * it, and AWS refuses the next one for just that.
 */
async function change(
  call: Call,
  request: Omit<UpdateTableCommandInput, "TableName">,
  done: (live: TableDescription) => boolean,
): Promise<void> {
  const dynamodb = await client(call);
  await active(call);
  const wait = { what: `another change of table ${call.id} to end`, seconds: 300 };
  const again = (error: unknown): boolean =>
    hasCode(error, "ResourceInUseException", "LimitExceededException") || isUnreadable(error);
  await retried(call.context, wait, again, async () => {
    try {
      await dynamodb.updateTable({ TableName: call.id, ...request });
    } catch (error) {
      if (!again(error) && !wasRepeated(error)) throw error;
      if (!done(await active(call))) throw error;
    }
  });
  await active(call);
}

async function syncSettings(call: Call, changed: readonly string[]): Promise<void> {
  const { inputs } = call;
  if (changed.includes("tableClass")) {
    const TableClass = (str(inputs, "tableClass") ?? "STANDARD") as UpdateTableCommandInput["TableClass"];
    await change(call, { TableClass }, (live) => (live.TableClassSummary?.TableClass ?? "STANDARD") === TableClass);
  }
  if (changed.includes("deletionProtectionEnabled")) {
    const DeletionProtectionEnabled = bool(inputs, "deletionProtectionEnabled") ?? false;
    await change(
      call,
      { DeletionProtectionEnabled },
      (live) => (live.DeletionProtectionEnabled ?? false) === DeletionProtectionEnabled,
    );
  }
}

async function syncBilling(call: Call): Promise<void> {
  const billing = str(call.inputs, "billingMode") ?? "PROVISIONED";
  const updates = subs(call.inputs, "globalSecondaryIndexes").map((one) => ({
    Update: { IndexName: str(one, "name")!, ProvisionedThroughput: throughputOf(one, billing)! },
  }));
  const ProvisionedThroughput = throughputOf(call.inputs, billing);
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = ProvisionedThroughput ?? {};
  await change(
    call,
    {
      ...{ BillingMode: billing as BillingMode, ProvisionedThroughput },
      GlobalSecondaryIndexUpdates: billing === "PROVISIONED" && updates.length > 0 ? updates : undefined,
    },
    ({ BillingModeSummary, ProvisionedThroughput: now }) =>
      (BillingModeSummary?.BillingMode ?? "PROVISIONED") === billing &&
      (now?.ReadCapacityUnits ?? 0) === ReadCapacityUnits &&
      (now?.WriteCapacityUnits ?? 0) === WriteCapacityUnits,
  );
}

/** A stream's view cannot change while it runs: it is stopped first. */
async function syncStream(call: Call): Promise<void> {
  const live = await active(call);
  const wanted = streamOf(call.inputs);
  const running = live.StreamSpecification?.StreamEnabled === true;
  if (running && wanted.StreamEnabled && live.StreamSpecification?.StreamViewType === wanted.StreamViewType) return;
  const flows = (now: TableDescription): boolean => now.StreamSpecification?.StreamEnabled === true;
  if (running) await change(call, { StreamSpecification: { StreamEnabled: false } }, (now) => !flows(now));
  if (wanted.StreamEnabled) await change(call, { StreamSpecification: wanted }, flows);
}

async function syncEncryption(call: Call): Promise<void> {
  const wanted = encryptionOf(call.inputs) ?? { Enabled: false };
  const { Enabled = false, KMSMasterKeyId: key } = wanted;
  await change(call, { SSESpecification: wanted }, ({ SSEDescription: now }) => {
    if (!Enabled) return now?.Status !== "ENABLED";
    // Without a name the key cannot be told from the one before.
    return now?.Status === "ENABLED" && key !== undefined && now.KMSMasterKeyArn?.endsWith(key) === true;
  });
}

/** Indexes change one at a time; one that differs in its keys or projection is deleted and made again. */
async function syncIndexes(call: Call): Promise<void> {
  const live = await active(call);
  const billing = str(call.inputs, "billingMode") ?? "PROVISIONED";
  for (const one of changesOf(live, subs(call.inputs, "globalSecondaryIndexes"), billing))
    await change(
      call,
      { AttributeDefinitions: attributesOf(call.inputs), GlobalSecondaryIndexUpdates: [one] },
      ({ GlobalSecondaryIndexes = [] }) => {
        const named = (name?: string): boolean => GlobalSecondaryIndexes.some(({ IndexName }) => IndexName === name);
        return one.Delete ? !named(one.Delete.IndexName) : one.Create !== undefined && named(one.Create.IndexName);
      },
    );
}

async function syncTtl(call: Call): Promise<void> {
  const dynamodb = await client(call);
  const wanted = sub(call.inputs, "ttl");
  const { TimeToLiveDescription: live } = await dynamodb.describeTimeToLive({ TableName: call.id });
  const on = live?.TimeToLiveStatus === "ENABLED" || live?.TimeToLiveStatus === "ENABLING";
  const AttributeName = (wanted && str(wanted, "attributeName")) || undefined;
  const want = wanted !== undefined && bool(wanted, "enabled") !== false && AttributeName !== undefined;
  const turn = async (Enabled: boolean, name: string): Promise<void> => {
    const wait = { what: `another change of the expiry of ${call.id} to end`, seconds: 3600 };
    const again = (error: unknown): boolean =>
      hasCode(error, "ResourceInUseException") ||
      (hasCode(error, "ValidationException") && /modified multiple times/i.test((error as Error).message));
    // An attempt whose answer was lost has done it.
    const done = (error: unknown): boolean =>
      hasCode(error, "ValidationException") && /is already (en|dis)abled/i.test((error as Error).message);
    await retried(call.context, wait, again, () =>
      dynamodb
        .updateTimeToLive({ TableName: call.id, TimeToLiveSpecification: { Enabled, AttributeName: name } })
        .catch((error: unknown) => {
          if (!done(error)) throw error;
        }),
    );
  };
  if (on && (!want || live?.AttributeName !== AttributeName)) await turn(false, live!.AttributeName!);
  if (want && !(on && live?.AttributeName === AttributeName)) await turn(true, AttributeName);
}

async function syncRecovery(call: Call): Promise<void> {
  const dynamodb = await client(call);
  const wanted = sub(call.inputs, "pointInTimeRecovery");
  const PointInTimeRecoveryEnabled = (wanted && bool(wanted, "enabled")) ?? false;
  const RecoveryPeriodInDays = PointInTimeRecoveryEnabled && wanted ? num(wanted, "recoveryPeriodInDays") : undefined;
  const wait = { what: `backups of table ${call.id} to be possible`, seconds: 300 };
  await retried(
    call.context,
    wait,
    (error) => hasCode(error, "ContinuousBackupsUnavailableException"),
    () =>
      dynamodb.updateContinuousBackups({
        TableName: call.id,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, RecoveryPeriodInDays },
      }),
  );
}

async function liveTags(call: Call, ResourceArn: string): Promise<Tags> {
  const dynamodb = await client(call);
  const tags: Tags = {};
  let NextToken: string | undefined;
  do {
    const page = await dynamodb.listTagsOfResource({ ResourceArn, NextToken });
    Object.assign(tags, tagMap(page.Tags));
    NextToken = page.NextToken;
  } while (NextToken);
  return tags;
}

async function syncTags(call: Call): Promise<void> {
  const ResourceArn = (await active(call)).TableArn!;
  const { set: added, remove: TagKeys } = tagChanges(await liveTags(call, ResourceArn), call.inputs["tagsAll"] as Tags);
  const dynamodb = await client(call);
  if (TagKeys.length > 0) await dynamodb.untagResource({ ResourceArn, TagKeys });
  if (Object.keys(added).length > 0) await dynamodb.tagResource({ ResourceArn, Tags: tagList(added) });
}

async function observe(call: Call) {
  const live = await describe(call);
  if (!live || live.TableStatus === "DELETING") return undefined;
  const dynamodb = await client(call);
  const of = { TableName: call.id };
  const [ttl, backups, tagsAll] = await Promise.all([
    dynamodb.describeTimeToLive(of),
    dynamodb.describeContinuousBackups(of),
    liveTags(call, live.TableArn!),
  ]);
  return {
    inputs: compact({ ...inputsOf(live), ...expiry(ttl), ...recovery(backups), tagsAll }),
    outputs: outputsOf(live),
  };
}

function expiry({
  TimeToLiveDescription: live,
}: {
  TimeToLiveDescription?: { TimeToLiveStatus?: string; AttributeName?: string };
}) {
  const on = live?.TimeToLiveStatus === "ENABLED" || live?.TimeToLiveStatus === "ENABLING";
  return { ttl: on ? { attributeName: live?.AttributeName ?? "", enabled: true } : undefined };
}

interface Backups {
  ContinuousBackupsDescription?: {
    PointInTimeRecoveryDescription?: { PointInTimeRecoveryStatus?: string; RecoveryPeriodInDays?: number };
  };
}

function recovery({ ContinuousBackupsDescription: live }: Backups) {
  const about = live?.PointInTimeRecoveryDescription;
  if (about?.PointInTimeRecoveryStatus !== "ENABLED") return {};
  return { pointInTimeRecovery: compact({ enabled: true, recoveryPeriodInDays: about.RecoveryPeriodInDays }) };
}

function inputsOf(live: TableDescription) {
  const key = (type: string) => live.KeySchema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const sse = live.SSEDescription;
  return {
    name: live.TableName,
    attributes: live.AttributeDefinitions?.map(definitionOf),
    hashKey: key("HASH"),
    rangeKey: key("RANGE"),
    billingMode: live.BillingModeSummary?.BillingMode ?? "PROVISIONED",
    readCapacity: live.ProvisionedThroughput?.ReadCapacityUnits ?? 0,
    writeCapacity: live.ProvisionedThroughput?.WriteCapacityUnits ?? 0,
    globalSecondaryIndexes: live.GlobalSecondaryIndexes?.map(fromGlobal),
    localSecondaryIndexes: live.LocalSecondaryIndexes?.map(fromLocal),
    streamEnabled: live.StreamSpecification?.StreamEnabled ?? false,
    streamViewType: live.StreamSpecification?.StreamViewType,
    serverSideEncryption:
      sse?.Status === "ENABLED" && sse.SSEType === "KMS"
        ? compact({ enabled: true, kmsKeyArn: sse.KMSMasterKeyArn })
        : undefined,
    tableClass: live.TableClassSummary?.TableClass,
    deletionProtectionEnabled: live.DeletionProtectionEnabled,
  };
}

const outputsOf = (live: TableDescription): PropertyMap =>
  compact({ arn: live.TableArn, streamArn: live.LatestStreamArn ?? "", streamLabel: live.LatestStreamLabel ?? "" });

async function remove(call: Call): Promise<void> {
  const dynamodb = await client(call);
  const wait = { what: `changes of table ${call.id} to end`, seconds: 300 };
  try {
    await retried(
      call.context,
      wait,
      (error) => hasCode(error, "ResourceInUseException") || (hasCode(error, "LimitExceededException") && busy(error)),
      () => dynamodb.deleteTable({ TableName: call.id }),
    );
  } catch (error) {
    if (!hasCode(error, "ResourceNotFoundException")) throw error;
    return;
  }
  // The name is free again only when the table is gone.
  await until(call.context, { what: `table ${call.id} to be gone`, seconds: 600 }, async () =>
    (await describe(call)) === undefined ? true : undefined,
  );
}
