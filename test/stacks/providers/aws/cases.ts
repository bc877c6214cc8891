/** The life of every type as data: what must be there first, what is created, how it is changed, how it is imported. */
import { randomBytes } from "node:crypto";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import { Archive, Asset, type PropertyMap } from "../../../../stacks/engine/value.ts";
import { Driver } from "./driver.ts";

export interface Step {
  /** What changes, in words. */
  change: string;
  inputs: PropertyMap;
  /** Properties that force a replacement; the step is then not carried out. */
  replaces?: string[];
  /** AWSs that do not carry this change out, by their own fault. */
  notOn?: string[];
}

export interface Life {
  type: string;
  create: PropertyMap;
  steps: Step[];
  /** Outputs that must be set, with their exact values where a text is given. */
  outputs: { [name: string]: string | RegExp };
  /** What a person types to import it; its id when absent. */
  importId?: (driver: Driver) => string;
  /** Inputs that AWS does not tell again: an import followed by the same program may differ in these. */
  unreadable?: string[];
  /**
   * AWSs where something is left after deletion: a bucket that once kept versions can never be as if it had not, and
   * since 2023 AWS encrypts every bucket, which moto does not know.
   */
  remainsOn?: string[];
}

export type Case = (ground: Ground) => Promise<Life>;

export interface Ground {
  provider: Provider;
  made: Driver[];
}

export const fresh = (prefix: string): string => `${prefix}-${randomBytes(5).toString("hex")}`;

export const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
});

export const allow = (...actions: string[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: ["*"] }] });

export const code = (answer: string): Archive =>
  new Archive({
    assets: { "index.mjs": new Asset({ text: `export const handler = async () => ${JSON.stringify(answer)};\n` }) },
  });

export async function ready(ground: Ground, type: string, inputs: PropertyMap): Promise<Driver> {
  const driver = await new Driver(ground.provider, type, fresh("ground")).create(inputs);
  ground.made.push(driver);
  return driver;
}

const bucketOf = async (ground: Ground): Promise<string> =>
  (await ready(ground, "aws:s3/bucket:Bucket", { forceDestroy: true })).id;

export const roleOf = async (ground: Ground): Promise<Driver> =>
  await ready(ground, "aws:iam/role:Role", { assumeRolePolicy: trust });

async function functionOf(ground: Ground, extra: PropertyMap = {}): Promise<Driver> {
  const role = String((await roleOf(ground)).outputs["arn"]);
  const inputs = { role, handler: "index.handler", runtime: "nodejs22.x", code: code("ground"), ...extra };
  return await ready(ground, "aws:lambda/function:Function", inputs);
}

export const tags = { "freehold:cloud": "home", "freehold:app": "notes" };

export const s3Cases: { [title: string]: Case } = {
  bucket: async (): Promise<Life> => ({
    type: "aws:s3/bucket:Bucket",
    create: { tags },
    outputs: { arn: /^arn:aws:s3:::/, bucketRegionalDomainName: /\.s3\.eu-west-1\.amazonaws\.com$/, bucket: /^life-/ },
    steps: [
      { change: "tags", inputs: { tags: { ...tags, more: "yes" } } },
      { change: "no tags", inputs: {} },
      { change: "force destroy", inputs: { forceDestroy: true } },
      { change: "name", inputs: { bucket: fresh("other"), forceDestroy: true }, replaces: ["bucket"] },
    ],
  }),
  "public access block": async (ground) => {
    const bucket = await bucketOf(ground);
    const all = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
    return {
      type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      create: { bucket, ...all },
      outputs: { bucket },
      steps: [{ change: "one flag", inputs: { bucket, ...all, blockPublicPolicy: false } }],
    };
  },
  "CORS configuration": async (ground) => {
    const bucket = await bucketOf(ground);
    const rule = { allowedMethods: ["GET", "PUT"], allowedOrigins: ["https://a.example"], allowedHeaders: ["*"] };
    return {
      type: "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
      create: { bucket, corsRules: [{ ...rule, maxAgeSeconds: 300 }] },
      outputs: { bucket },
      steps: [
        { change: "rules", inputs: { bucket, corsRules: [{ ...rule, exposeHeaders: ["ETag"], id: "one" }] } },
        { change: "bucket", inputs: { bucket: "another-bucket", corsRules: [rule] }, replaces: ["bucket"] },
      ],
    };
  },
  versioning: async (ground) => {
    const bucket = await bucketOf(ground);
    return {
      type: "aws:s3/bucketVersioning:BucketVersioning",
      create: { bucket, versioningConfiguration: { status: "Enabled" } },
      outputs: { bucket },
      remainsOn: ["moto", "the local cloud", "LocalStack"],
      steps: [{ change: "status", inputs: { bucket, versioningConfiguration: { status: "Suspended" } } }],
    };
  },
  "ownership controls": async (ground) => {
    const bucket = await bucketOf(ground);
    return {
      type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      create: { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      outputs: { bucket },
      steps: [
        // The local cloud has no ACLs, so nobody but the owner can own an object.
        {
          change: "rule",
          inputs: { bucket, rule: { objectOwnership: "BucketOwnerPreferred" } },
          notOn: ["the local cloud"],
        },
      ],
    };
  },
  encryption: async (ground) => {
    const bucket = await bucketOf(ground);
    const rules = [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }];
    return {
      type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      create: { bucket, rules },
      outputs: { bucket },
      remainsOn: ["the local cloud", "LocalStack"],
      steps: [],
    };
  },
  "bucket policy": async (ground) => {
    const bucket = await bucketOf(ground);
    const deny = (action: string): string =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Principal: "*", Action: [action], Resource: [`arn:aws:s3:::${bucket}/*`] }],
      });
    return {
      type: "aws:s3/bucketPolicy:BucketPolicy",
      create: { bucket, policy: deny("s3:PutObjectAcl") },
      outputs: { bucket },
      steps: [{ change: "policy", inputs: { bucket, policy: deny("s3:DeleteObjectVersion") } }],
    };
  },
  lifecycle: async (ground) => {
    const bucket = await bucketOf(ground);
    const rule = { id: "uploads", status: "Enabled", abortIncompleteMultipartUpload: { daysAfterInitiation: 2 } };
    return {
      type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      create: { bucket, rules: [{ ...rule, filter: { prefix: "tmp/" } }] },
      outputs: { bucket },
      steps: [{ change: "expiry", inputs: { bucket, rules: [{ ...rule, filter: {}, expiration: { days: 30 } }] } }],
    };
  },
  object: async (ground) => {
    const bucket = await bucketOf(ground);
    const base = { bucket, key: "site/index.html", contentType: "text/html" };
    return {
      type: "aws:s3/bucketObjectv2:BucketObjectv2",
      create: { ...base, source: new Asset({ text: "<p>one</p>" }), tags },
      outputs: { arn: `arn:aws:s3:::${bucket}/site/index.html`, etag: /^[0-9a-f]{32}$/ },
      importId: () => `${bucket}/site/index.html`,
      steps: [
        { change: "content", inputs: { ...base, source: new Asset({ text: "<p>two</p>" }), tags } },
        {
          change: "headers",
          inputs: { ...base, content: "<p>two</p>", cacheControl: "no-cache", metadata: { a: "b" } },
        },
        { change: "key", inputs: { ...base, key: "other", content: "x" }, replaces: ["key"] },
      ],
    };
  },
  "object by its older name": async (ground) => {
    const bucket = await bucketOf(ground);
    return {
      type: "aws:s3/bucketObject:BucketObject",
      create: { bucket, key: "a.txt", content: "one" },
      outputs: { key: "a.txt" },
      importId: () => `s3://${bucket}/a.txt`,
      steps: [{ change: "content", inputs: { bucket, key: "a.txt", contentBase64: "dHdv" } }],
    };
  },
};

export const dataCases: { [title: string]: Case } = {
  table: async () => {
    const name = fresh("life");
    const base = { name, hashKey: "pk", rangeKey: "sk", billingMode: "PAY_PER_REQUEST", tags };
    const attributes = [
      { name: "pk", type: "S" },
      { name: "sk", type: "S" },
    ];
    const index = { name: "byOwner", hashKey: "owner", projectionType: "ALL" };
    const indexed = [...attributes, { name: "owner", type: "S" }];
    return {
      type: "aws:dynamodb/table:Table",
      create: { ...base, attributes },
      outputs: { arn: new RegExp(`:table/${name}$`), name },
      steps: [
        { change: "time to live", inputs: { ...base, attributes, ttl: { attributeName: "until", enabled: true } } },
        {
          change: "an index",
          inputs: {
            ...base,
            attributes: indexed,
            globalSecondaryIndexes: [index],
            ttl: { attributeName: "until", enabled: true },
          },
        },
        { change: "no index", inputs: { ...base, attributes } },
        { change: "backups", inputs: { ...base, attributes, pointInTimeRecovery: { enabled: true } } },
        { change: "stream", inputs: { ...base, attributes, streamEnabled: true, streamViewType: "NEW_IMAGE" } },
        {
          change: "stream's view",
          // A table of moto's that had a stream never gets another.
          notOn: ["moto"],
          inputs: { ...base, attributes, streamEnabled: true, streamViewType: "KEYS_ONLY" },
        },
        { change: "protection", inputs: { ...base, attributes, deletionProtectionEnabled: true } },
        { change: "tags", inputs: { ...base, attributes, tags: { ...tags, more: "yes" } } },
        { change: "key", inputs: { ...base, attributes, rangeKey: "owner" }, replaces: ["rangeKey"] },
      ],
    };
  },
  "table with indexes": async (): Promise<Life> => ({
    type: "aws:dynamodb/table:Table",
    create: {
      hashKey: "pk",
      rangeKey: "sk",
      billingMode: "PAY_PER_REQUEST",
      attributes: ["pk", "sk", "other"].map((name) => ({ name, type: "S" })),
      globalSecondaryIndexes: [
        { name: "byOther", hashKey: "other", rangeKey: "sk", projectionType: "INCLUDE", nonKeyAttributes: ["b", "a"] },
      ],
      localSecondaryIndexes: [{ name: "local", rangeKey: "other", projectionType: "KEYS_ONLY" }],
    },
    outputs: { name: /^life-[0-9a-f-]+$/ },
    steps: [],
  }),
};

export const lambdaCases: { [title: string]: Case } = {
  function: async (ground) => {
    const role = String((await roleOf(ground)).outputs["arn"]);
    const base = { role, handler: "index.handler", runtime: "nodejs22.x", tags };
    const one = { ...base, code: code("one"), environment: { variables: { STAGE: "1" } } };
    return {
      type: "aws:lambda/function:Function",
      create: one,
      outputs: {
        arn: /:function:life-/,
        invokeArn: /:lambda:path\/2015-03-31\//,
        version: "$LATEST",
        codeSha256: /=$/,
      },
      steps: [
        { change: "code", inputs: { ...one, code: code("two") } },
        { change: "memory and time", inputs: { ...one, code: code("two"), memorySize: 256, timeout: 10 } },
        {
          change: "environment",
          inputs: { ...one, code: code("two"), environment: { variables: { STAGE: "2", OTHER: "3" } } },
        },
        { change: "no environment", inputs: { ...base, code: code("two") } },
        { change: "both", inputs: { ...base, code: code("three"), description: "third" } },
        { change: "tags", inputs: { ...base, code: code("three"), tags: { ...tags, more: "yes" } } },
        { change: "name", inputs: { ...base, name: fresh("other"), code: code("three") }, replaces: ["name"] },
      ],
    };
  },
  alias: async (ground) => {
    const fn = await functionOf(ground, { publish: true });
    const base = { functionName: fn.id, name: "live", functionVersion: "1" };
    return {
      type: "aws:lambda/alias:Alias",
      create: base,
      outputs: { arn: /:live$/, invokeArn: /:live\/invocations$/ },
      importId: () => `${fn.id}/live`,
      steps: [{ change: "description", inputs: { ...base, description: "what runs" } }],
    };
  },
  "function URL": async (ground) => {
    const functionName = (await functionOf(ground)).id;
    const base = { functionName, authorizationType: "AWS_IAM" };
    const cors = { allowOrigins: ["*"], allowMethods: ["GET"], maxAge: 60 };
    return {
      type: "aws:lambda/functionUrl:FunctionUrl",
      create: base,
      outputs: { functionUrl: /^https?:\/\//, urlId: /.+/, functionArn: /:function:/ },
      steps: [
        { change: "CORS", inputs: { ...base, cors } },
        // moto 5.2 keeps the old CORS when told that there is none.
        { change: "no CORS", inputs: base, notOn: ["moto"] },
        { change: "authorization", inputs: { ...base, authorizationType: "NONE", cors } },
        // moto 5.2 never changes the mode.
        { change: "streaming", notOn: ["moto"], inputs: { ...base, invokeMode: "RESPONSE_STREAM", cors } },
      ],
    };
  },
  "layer version": async (): Promise<Life> => {
    const base = { layerName: fresh("life"), description: "colours", licenseInfo: "MIT" };
    const one = { ...base, code: code("one"), compatibleRuntimes: ["nodejs24.x", "nodejs22.x"] };
    return {
      type: "aws:lambda/layerVersion:LayerVersion",
      create: one,
      outputs: {
        arn: new RegExp(`:layer:${base.layerName}:1$`),
        layerArn: new RegExp(`:layer:${base.layerName}$`),
        version: "1",
        codeSha256: /=$/,
        createdDate: /^\d{4}-/,
      },
      steps: [
        { change: "what stays", inputs: { ...one, skipDestroy: true } },
        { change: "deletion", inputs: one },
        { change: "code", inputs: { ...one, code: code("two") }, replaces: ["code"] },
        { change: "description", inputs: { ...one, description: "other" }, replaces: ["description"] },
      ],
    };
  },
  "asynchronous configuration": async (ground): Promise<Life> => {
    const functionName = (await functionOf(ground)).id;
    const destination = String((await functionOf(ground)).outputs["arn"]);
    const base = { functionName, maximumRetryAttempts: 0 };
    // moto 5.2 answers the first configuration for ever.
    const notOn = ["moto"];
    return {
      type: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
      create: base,
      outputs: { functionName },
      steps: [
        { change: "age", notOn, inputs: { ...base, maximumEventAgeInSeconds: 120 } },
        { change: "destination", notOn, inputs: { ...base, destinationConfig: { onFailure: { destination } } } },
        { change: "no destination, AWS's retries", notOn, inputs: { functionName, maximumEventAgeInSeconds: 60 } },
        { change: "qualifier", inputs: { ...base, qualifier: "1" }, replaces: ["qualifier"] },
      ],
    };
  },
  "event source mapping": async (ground): Promise<Life> => {
    const reads = await ready(ground, "aws:iam/role:Role", { assumeRolePolicy: trust });
    const rights = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((one) => `dynamodb:${one}`);
    await ready(ground, "aws:iam/rolePolicy:RolePolicy", { role: reads.id, policy: allow(...rights) });
    const fn = await functionOf(ground, { role: String(reads.outputs["arn"]) });
    const stream = { streamEnabled: true, streamViewType: "KEYS_ONLY" };
    const attributes = [{ name: "id", type: "S" }];
    const more = { attributes, hashKey: "id", billingMode: "PAY_PER_REQUEST", ...stream };
    const table = await ready(ground, "aws:dynamodb/table:Table", more);
    const eventSourceArn = String(table.outputs["streamArn"]);
    const base = { functionName: fn.id, eventSourceArn, startingPosition: "TRIM_HORIZON", tags };
    const pattern = JSON.stringify({ eventName: ["INSERT"] });
    return {
      type: "aws:lambda/eventSourceMapping:EventSourceMapping",
      create: { ...base, batchSize: 10 },
      outputs: {
        arn: /:event-source-mapping:[0-9a-f-]{36}$/,
        functionArn: new RegExp(`:function:${fn.id}$`),
        ...{ state: "Enabled", uuid: /^[0-9a-f-]{36}$/ },
      },
      steps: [
        { change: "batches", inputs: { ...base, batchSize: 20, maximumBatchingWindowInSeconds: 5 } },
        {
          change: "failures",
          inputs: {
            ...{ ...base, batchSize: 20, bisectBatchOnFunctionError: true, maximumRetryAttempts: 3 },
            ...{ maximumRecordAgeInSeconds: 60, parallelizationFactor: 2 },
            functionResponseTypes: ["ReportBatchItemFailures"],
          },
        },
        { change: "filters", inputs: { ...base, batchSize: 20, filterCriteria: { filters: [{ pattern }] } } },
        { change: "no filters", inputs: { ...base, batchSize: 20 } },
        { change: "disabled", inputs: { ...base, batchSize: 20, enabled: false } },
        { change: "tags", inputs: { ...base, batchSize: 20, tags: { ...tags, more: "yes" } } },
        { change: "position", inputs: { ...base, startingPosition: "LATEST" }, replaces: ["startingPosition"] },
        { change: "source", inputs: { ...base, eventSourceArn: `${eventSourceArn}0` }, replaces: ["eventSourceArn"] },
      ],
    };
  },
  "provisioned concurrency": async (ground): Promise<Life> => {
    const functionName = (await functionOf(ground, { publish: true })).id;
    const base = { functionName, qualifier: "1" };
    return {
      type: "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
      create: { ...base, provisionedConcurrentExecutions: 1 },
      outputs: { qualifier: "1" },
      importId: () => `${functionName},1`,
      steps: [
        { change: "number", inputs: { ...base, provisionedConcurrentExecutions: 2 } },
        {
          change: "qualifier",
          inputs: { functionName, qualifier: "2", provisionedConcurrentExecutions: 2 },
          replaces: ["qualifier"],
        },
      ],
    };
  },
  permission: async (ground) => {
    const name = (await functionOf(ground)).id;
    const base = { function: name, action: "lambda:InvokeFunction", principal: "events.amazonaws.com" };
    return {
      type: "aws:lambda/permission:Permission",
      create: { ...base, sourceArn: "arn:aws:events:eu-west-1:123456789012:rule/r", statementId: "events" },
      outputs: { statementId: "events" },
      importId: () => `${name}/events`,
      steps: [{ change: "principal", inputs: { ...base, principal: "s3.amazonaws.com" }, replaces: ["principal"] }],
    };
  },
};

export const restCases: { [title: string]: Case } = {
  "log group": async (): Promise<Life> => ({
    type: "aws:cloudwatch/logGroup:LogGroup",
    create: { retentionInDays: 14, tags },
    outputs: { arn: /:log-group:life-[^:]+$/ },
    steps: [
      { change: "retention", inputs: { retentionInDays: 30, tags } },
      { change: "no retention", inputs: { tags: { ...tags, more: "yes" } } },
      { change: "name", inputs: { name: fresh("other") }, replaces: ["name"] },
    ],
  }),
  "secret parameter": async () => {
    const base = { name: `/${fresh("life")}/key`, type: "SecureString" };
    return {
      type: "aws:ssm/parameter:Parameter",
      create: { ...base, value: "first", tags },
      outputs: { arn: /:parameter\//, value: "first" },
      steps: [
        { change: "value", inputs: { ...base, value: "second", tags } },
        {
          change: "description",
          inputs: { ...base, value: "second", description: "a key", tags: { ...tags, x: "y" } },
        },
        { change: "name", inputs: { ...base, name: `/${fresh("other")}`, value: "x" }, replaces: ["name"] },
      ],
    };
  },
};
