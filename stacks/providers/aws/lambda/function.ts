/**
 * aws:lambda/function:Function. Code and configuration are separate changes and Lambda takes one at a time, so each
 * waits for the last to be done. Networks of their own file systems and durable execution are refused.
 */
import type {
  CreateFunctionCommandInput,
  FunctionConfiguration,
  GetFunctionResponse,
  UpdateFunctionCodeCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from "@aws-sdk/client-lambda";
import type { PropertyMap } from "../../../engine/value.ts";
import { flag, list, map, number, object, type Properties, refusedAll, set, steering, text } from "../schema.ts";
import { type Tags, tagChanges, tagMap } from "../tags.ts";
import { bool, type Call, compact, num, type ResourceType, str, strs, sub } from "../type.ts";
import { accepted, idle, lambda, orMissing, ready } from "./calls.ts";
import { intact, settleCode, zipOf } from "./zip.ts";

const codeNames = ["code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "sourceCodeHash", "architectures"];

const configuration: Properties = {
  role: text({ required: true }),
  handler: text(),
  runtime: text(),
  description: text({ default: "" }),
  memorySize: number({ default: 128 }),
  timeout: number({ default: 3 }),
  environment: object({ variables: map(text()) }),
  layers: list(text()),
  kmsKeyArn: text({ default: "" }),
  deadLetterConfig: object({ targetArn: text({ required: true }) }),
  ephemeralStorage: object({ size: number({ default: 512 }) }),
  tracingConfig: object({ mode: text({ default: "PassThrough", oneOf: ["Active", "PassThrough"] }) }),
  snapStart: object({
    applyOn: text({ default: "None", oneOf: ["None", "PublishedVersions"] }),
    optimizationStatus: text({ default: "Off" }),
  }),
  vpcConfig: object({
    securityGroupIds: set(text()),
    subnetIds: set(text()),
    ipv6AllowedForDualStack: flag({ default: false }),
    vpcId: text({ default: "" }),
  }),
  imageConfig: object({ commands: list(text()), entryPoints: list(text()), workingDirectory: text() }),
};

const properties: Properties = {
  ...configuration,
  name: text({ replaces: true, computed: true }),
  packageType: text({ default: "Zip", replaces: true, oneOf: ["Zip", "Image"] }),
  architectures: list(text({ oneOf: ["x86_64", "arm64"] }), { computed: true }),
  code: { kind: "archive", writeOnly: true },
  s3Bucket: text({ writeOnly: true }),
  s3Key: text({ writeOnly: true }),
  s3ObjectVersion: text({ writeOnly: true }),
  imageUri: text({ writeOnly: true }),
  sourceCodeHash: text({ writeOnly: true, computed: true }),
  codeSha256: text({ writeOnly: true, computed: true }),
  publish: steering(),
  skipDestroy: steering(),
  reservedConcurrentExecutions: number({ default: -1 }),
  useResourceTimeoutForPropagation: steering(),
  loggingConfig: object(
    {
      applicationLogLevel: text({ oneOf: ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] }),
      logFormat: text({ default: "Text", oneOf: ["Text", "JSON"] }),
      logGroup: text(),
      systemLogLevel: text({ oneOf: ["DEBUG", "INFO", "WARN"] }),
    },
    { computed: true },
  ),
  ...refusedAll(
    "capacityProviderConfig codeSigningConfigArn durableConfig fileSystemConfig publishTo " +
      "replaceSecurityGroupsOnDestroy replacementSecurityGroupIds sourceKmsKeyArn tenancyConfig",
  ),
};

export const lambdaFunction: ResourceType = {
  token: "aws:lambda/function:Function",
  properties,
  outputs: [
    ..."arn invokeArn lastModified qualifiedArn qualifiedInvokeArn responseStreamingInvokeArn".split(" "),
    ..."signingJobArn signingProfileVersionArn sourceCodeSize version".split(" "),
  ],
  volatile: ["lastModified", "qualifiedArn", "qualifiedInvokeArn", "version", "codeSha256", "sourceCodeSize"],
  taggable: true,
  autoname: { property: "name", maxLength: 64 },
  identity: (inputs) => str(inputs, "name"),
  validate: (inputs) => {
    const said = ["code", "s3Bucket", "imageUri"].filter((name) => inputs[name] !== undefined);
    if (said.length !== 1)
      return [{ property: "code", reason: `Exactly one of code, s3Bucket and imageUri is needed, got ${said.length}` }];
    if (said[0] === "s3Bucket" && inputs["s3Key"] === undefined)
      return [{ property: "s3Key", reason: "Missing required property 's3Key' beside s3Bucket" }];
    const zip = said[0] !== "imageUri";
    return ["handler", "runtime"]
      .filter((name) => zip && inputs[name] === undefined)
      .map((name) => ({ property: name, reason: `Missing required property '${name}' for code in a zip` }));
  },
  exists: ["ResourceConflictException"],
  settle: settleCode,
  create,
  aspects: [
    { of: [...Object.keys(configuration), "loggingConfig"], sync: syncConfiguration },
    { of: codeNames, sync: syncCode },
    { of: ["reservedConcurrentExecutions"], afterCreate: true, sync: syncConcurrency },
    { of: ["tagsAll"], sync: syncTags },
    { of: [...Object.keys(configuration), "loggingConfig", ...codeNames, "publish"], sync: publish },
  ],
  observe,
  remove,
};

/** What the wait for a change of this call ended with: its last answer says all that there is to observe. */
const live = new WeakMap<Call, GetFunctionResponse>();

async function codeOf(inputs: PropertyMap) {
  return {
    ZipFile: await zipOf(inputs),
    S3Bucket: str(inputs, "s3Bucket"),
    S3Key: str(inputs, "s3Key"),
    S3ObjectVersion: str(inputs, "s3ObjectVersion"),
    ImageUri: str(inputs, "imageUri"),
  };
}

const architecturesOf = (inputs: PropertyMap): CreateFunctionCommandInput["Architectures"] =>
  strs(inputs, "architectures") as CreateFunctionCommandInput["Architectures"];

function imageConfigOf(inputs: PropertyMap): CreateFunctionCommandInput["ImageConfig"] {
  const image = sub(inputs, "imageConfig");
  return (
    image && {
      Command: strs(image, "commands"),
      EntryPoint: strs(image, "entryPoints"),
      WorkingDirectory: str(image, "workingDirectory"),
    }
  );
}

function loggingOf(inputs: PropertyMap): CreateFunctionCommandInput["LoggingConfig"] {
  const logging = sub(inputs, "loggingConfig");
  if (!logging) return undefined;
  return {
    ApplicationLogLevel: str(logging, "applicationLogLevel") as "INFO" | undefined,
    LogFormat: str(logging, "logFormat") as "JSON" | undefined,
    LogGroup: str(logging, "logGroup"),
    SystemLogLevel: str(logging, "systemLogLevel") as "INFO" | undefined,
  };
}

type Config = Omit<UpdateFunctionConfigurationCommandInput, "FunctionName">;

/** The whole configuration. In an update, what is no longer said must be said to be empty. */
function configOf(inputs: PropertyMap, mode: "create" | "update"): Config {
  const clear = <T>(empty: T): T | undefined => (mode === "update" ? empty : undefined);
  const [vpc, snap] = [sub(inputs, "vpcConfig"), sub(inputs, "snapStart")];
  const [dead, disk, trace] = [
    sub(inputs, "deadLetterConfig"),
    sub(inputs, "ephemeralStorage"),
    sub(inputs, "tracingConfig"),
  ];
  const variables = sub(sub(inputs, "environment") ?? {}, "variables") as Record<string, string> | undefined;
  return {
    Role: str(inputs, "role"),
    Handler: str(inputs, "handler"),
    Runtime: str(inputs, "runtime") as Config["Runtime"],
    Description: str(inputs, "description") ?? clear(""),
    MemorySize: num(inputs, "memorySize") ?? clear(128),
    Timeout: num(inputs, "timeout") ?? clear(3),
    Environment: variables ? { Variables: variables } : clear({ Variables: {} }),
    Layers: strs(inputs, "layers") ?? clear([]),
    KMSKeyArn: str(inputs, "kmsKeyArn") ?? clear(""),
    DeadLetterConfig: dead && { TargetArn: str(dead, "targetArn") },
    EphemeralStorage: disk && { Size: num(disk, "size") },
    TracingConfig: trace && { Mode: str(trace, "mode") as "Active" },
    SnapStart: snap && { ApplyOn: str(snap, "applyOn") as "None" },
    VpcConfig: vpc && {
      SecurityGroupIds: strs(vpc, "securityGroupIds") ?? [],
      SubnetIds: strs(vpc, "subnetIds") ?? [],
      Ipv6AllowedForDualStack: bool(vpc, "ipv6AllowedForDualStack"),
    },
    ImageConfig: imageConfigOf(inputs),
    LoggingConfig: loggingOf(inputs),
  };
}

/** What an update must turn off because the program no longer says it. */
function turnedOff(call: Call, changed: readonly string[]): Config {
  const gone = (name: string): boolean => changed.includes(name) && call.inputs[name] === undefined;
  return {
    ...(gone("deadLetterConfig") ? { DeadLetterConfig: { TargetArn: "" } } : {}),
    ...(gone("ephemeralStorage") ? { EphemeralStorage: { Size: 512 } } : {}),
    ...(gone("tracingConfig") ? { TracingConfig: { Mode: "PassThrough" as const } } : {}),
    ...(gone("snapStart") ? { SnapStart: { ApplyOn: "None" as const } } : {}),
    ...(gone("vpcConfig") ? { VpcConfig: { SecurityGroupIds: [], SubnetIds: [] } } : {}),
  };
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  const FunctionName = str(inputs, "name")!;
  call.label = FunctionName;
  const request: CreateFunctionCommandInput = {
    ...(configOf(inputs, "create") as Omit<CreateFunctionCommandInput, "FunctionName" | "Role" | "Code">),
    Role: str(inputs, "role"),
    FunctionName,
    Code: await codeOf(inputs),
    PackageType: str(inputs, "packageType") as "Zip" | undefined,
    Architectures: architecturesOf(inputs),
    Publish: bool(inputs, "publish") || undefined,
    Tags: inputs["tagsAll"] as Record<string, string> | undefined,
  };
  const client = await lambda(call);
  const made = await accepted(call, str(inputs, "role"), () => client.createFunction(request));
  call.id = FunctionName;
  await intact(call, made.CodeSha256, `the code of function ${call.label}`);
  live.set(call, await ready(call, FunctionName));
  return FunctionName;
}

async function syncConfiguration(call: Call, changed: readonly string[]): Promise<void> {
  const client = await lambda(call);
  const request = { FunctionName: call.id, ...configOf(call.inputs, "update"), ...turnedOff(call, changed) };
  await ready(call, call.id);
  live.delete(call);
  await accepted(call, request.Role, () => client.updateFunctionConfiguration(request));
  live.set(call, await ready(call, call.id));
}

async function syncCode(call: Call): Promise<void> {
  const client = await lambda(call);
  const request: UpdateFunctionCodeCommandInput = {
    FunctionName: call.id,
    ...(await codeOf(call.inputs)),
    Architectures: architecturesOf(call.inputs),
  };
  live.delete(call);
  const updated = await idle(call, () => client.updateFunctionCode(request));
  await intact(call, updated.CodeSha256, `the code of function ${call.label}`);
  live.set(call, await ready(call, call.id));
}

async function syncConcurrency(call: Call): Promise<void> {
  const client = await lambda(call);
  live.delete(call);
  const wanted = num(call.inputs, "reservedConcurrentExecutions") ?? -1;
  if (wanted < 0) await client.deleteFunctionConcurrency({ FunctionName: call.id });
  else await client.putFunctionConcurrency({ FunctionName: call.id, ReservedConcurrentExecutions: wanted });
}

async function publish(call: Call): Promise<void> {
  if (bool(call.inputs, "publish") !== true) return;
  live.delete(call);
  const client = await lambda(call);
  await idle(call, () => client.publishVersion({ FunctionName: call.id }));
}

async function syncTags(call: Call): Promise<void> {
  const client = await lambda(call);
  const { Configuration, Tags } = live.get(call) ?? (await client.getFunction({ FunctionName: call.id }));
  const Resource = Configuration!.FunctionArn!;
  const wanted = call.inputs["tagsAll"] as Tags;
  const { set: added, remove: TagKeys } = tagChanges(tagMap(Tags), wanted);
  live.delete(call);
  if (TagKeys.length > 0) await client.untagResource({ Resource, TagKeys });
  if (Object.keys(added).length > 0) await client.tagResource({ Resource, Tags: added });
  live.set(call, { Configuration, Tags: wanted });
}

async function observe(call: Call) {
  const client = await lambda(call);
  const found = live.get(call) ?? (await orMissing(client.getFunction({ FunctionName: call.id })));
  const config = found?.Configuration;
  if (!found || !config) return undefined;
  const version = bool(call.inputs, "publish") ? await lastVersion(call) : "$LATEST";
  return {
    inputs: compact(inputsOf(found, config)),
    outputs: outputsOf(config, call, version),
  };
}

async function lastVersion(call: Call): Promise<string> {
  const client = await lambda(call);
  let last = 0;
  let Marker: string | undefined;
  do {
    const page = await client.listVersionsByFunction({ FunctionName: call.id, Marker });
    for (const { Version } of page.Versions ?? []) last = Math.max(last, Number(Version) || 0);
    Marker = page.NextMarker;
  } while (Marker);
  return last > 0 ? String(last) : "$LATEST";
}

function inputsOf(live: GetFunctionResponse, config: FunctionConfiguration) {
  const { LoggingConfig: logging, VpcConfig: vpc, ImageConfigResponse: image } = config;
  const variables = config.Environment?.Variables;
  return {
    name: config.FunctionName,
    role: config.Role,
    handler: config.Handler || undefined,
    runtime: config.Runtime,
    description: config.Description,
    memorySize: config.MemorySize,
    timeout: config.Timeout,
    environment: variables && Object.keys(variables).length > 0 ? { variables } : undefined,
    layers: config.Layers?.map(({ Arn }) => Arn ?? ""),
    kmsKeyArn: config.KMSKeyArn,
    deadLetterConfig: config.DeadLetterConfig?.TargetArn ? { targetArn: config.DeadLetterConfig.TargetArn } : undefined,
    ephemeralStorage: config.EphemeralStorage && compact({ size: config.EphemeralStorage.Size }),
    tracingConfig: config.TracingConfig && compact({ mode: config.TracingConfig.Mode }),
    snapStart: config.SnapStart && compact({ applyOn: config.SnapStart.ApplyOn }),
    vpcConfig: vpc?.SubnetIds?.length
      ? compact({
          securityGroupIds: vpc.SecurityGroupIds,
          subnetIds: vpc.SubnetIds,
          ipv6AllowedForDualStack: vpc.Ipv6AllowedForDualStack,
        })
      : undefined,
    imageConfig:
      image?.ImageConfig &&
      compact({
        commands: image.ImageConfig.Command,
        entryPoints: image.ImageConfig.EntryPoint,
        workingDirectory: image.ImageConfig.WorkingDirectory,
      }),
    packageType: config.PackageType,
    architectures: config.Architectures,
    reservedConcurrentExecutions: live.Concurrency?.ReservedConcurrentExecutions ?? -1,
    loggingConfig:
      logging &&
      compact({
        applicationLogLevel: logging.ApplicationLogLevel,
        logFormat: logging.LogFormat,
        logGroup: logging.LogGroup,
        systemLogLevel: logging.SystemLogLevel,
      }),
    tagsAll: tagMap(live.Tags),
  };
}

/** API Gateway's address of a function, which is what pulumi-aws calls `invokeArn`. */
export function invokeArn(arn: string, path = "2015-03-31", verb = "invocations"): string {
  const [, partition, , region] = arn.split(":");
  return `arn:${partition}:apigateway:${region}:lambda:path/${path}/functions/${arn}/${verb}`;
}

function outputsOf(config: FunctionConfiguration, call: Call, version: string): PropertyMap {
  const arn = (config.FunctionArn ?? "").replace(/:\$LATEST$/, "");
  const qualified = `${arn}:${version}`;
  return compact({
    arn,
    invokeArn: invokeArn(arn),
    qualifiedArn: qualified,
    qualifiedInvokeArn: invokeArn(qualified),
    responseStreamingInvokeArn: invokeArn(arn, "2021-11-15", "response-streaming-invocations"),
    lastModified: config.LastModified,
    codeSha256: config.CodeSha256,
    sourceCodeHash: str(call.inputs, "sourceCodeHash") ?? config.CodeSha256,
    sourceCodeSize: config.CodeSize,
    signingJobArn: config.SigningJobArn ?? "",
    signingProfileVersionArn: config.SigningProfileVersionArn ?? "",
    version,
  });
}

async function remove(call: Call): Promise<void> {
  if (bool(call.inputs, "skipDestroy")) return;
  const client = await lambda(call);
  await idle(call, () => orMissing(client.deleteFunction({ FunctionName: call.id })));
}
