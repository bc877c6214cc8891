/**
 * A function version's configuration: from a request (checked), and as the API shows it. What this cloud cannot carry
 * out is refused by name here, never stored and ignored.
 */
import { randomUUID } from "node:crypto";
import type { LocalCloud } from "../service.ts";
import { check, type Rule } from "./checks.ts";
import { cannotAssume, invalid, notServed } from "./errors.ts";
import { arnOf } from "./naming.ts";
import { type FunctionRecord, type LayerUse, latest, type VersionRecord } from "./records.ts";

const served = /^(nodejs(22|24)\.x|python3\.\d+|provided\.al2023)$/;
const known = [
  ...["nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "java11", "java17", "java21", "java25", "python3.9"],
  ...["python3.10", "python3.11", "python3.12", "python3.13", "python3.14", "ruby3.2", "ruby3.3", "ruby3.4"],
  ...["dotnet8", "dotnet10", "provided.al2", "provided.al2023"],
];

const retired = new Set([
  ...["nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x"],
  ...["nodejs16.x", "java8", "python2.7", "python3.6", "python3.7", "python3.8", "dotnetcore1.0", "dotnetcore2.0"],
  ...["dotnetcore2.1", "dotnetcore3.1", "dotnet6", "go1.x", "ruby2.5", "ruby2.7", "provided"],
]);

/** Less than the model allows: the rest is for functions of other kinds. */
const rules: readonly Rule[] = [
  { at: "Timeout", min: 1, max: 900 },
  { at: "MemorySize", min: 128, max: 10_240 },
];

/** Keys Lambda sets itself. */
const reserved = new Set([
  ...["_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "LAMBDA_TASK_ROOT"],
  ...["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"],
  ...["AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"],
  ...["AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"],
  ...["LAMBDA_RUNTIME_DIR"],
]);
const environmentLimitBytes = 4096;

export function checkConfiguration(cloud: LocalCloud, input: any): void {
  check(input, rules);
  refuse(input);
  checkRuntime(input.Runtime);
  checkEnvironment(input.Environment?.Variables ?? {});
  checkLogging(input.LoggingConfig);
  const size = input.EphemeralStorage?.Size ?? 512;
  if (!Number.isInteger(size) || size < 512 || size > 10_240)
    throw invalid("EphemeralStorage Size must be between 512 and 10240");
  if (input.Role && cloud.peers.findRole && cloud.peers.findRole(input.Role)?.trustsLambda !== true)
    throw cannotAssume();
}

/** Not by the model: Lambda says this by itself, in another error. */
function checkRuntime(runtime: unknown): void {
  if (runtime === undefined || runtime === null || served.test(String(runtime))) return;
  const family = String(runtime).replace(/[\d.].*$/, "");
  if (retired.has(String(runtime)))
    throw invalid(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (${known.findLast((one) => one.startsWith(family)) ?? "provided.al2023"}) while creating or updating functions.`,
    );
  if (!known.includes(String(runtime)))
    throw invalid(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${known.join(", ")}] or be a valid ARN`,
    );
  throw notServed(`The runtime ${runtime}`);
}

function refuse(input: any): void {
  if (input.PackageType === "Image" || input.Code?.ImageUri || input.ImageUri) throw notServed("PackageType Image");
  if (input.VpcConfig?.SubnetIds?.length || input.VpcConfig?.SecurityGroupIds?.length) throw notServed("VpcConfig");
  if (input.FileSystemConfigs?.length) throw notServed("FileSystemConfigs");
  if (input.DeadLetterConfig?.TargetArn) throw notServed("DeadLetterConfig");
  if (input.TracingConfig?.Mode === "Active") throw notServed("TracingConfig Active");
  if (input.SnapStart?.ApplyOn === "PublishedVersions") throw notServed("SnapStart");
  for (const name of [
    "ImageConfig",
    "KMSKeyArn",
    "CodeSigningConfigArn",
    "CapacityProviderConfig",
    "DurableConfig",
    "TenancyConfig",
    "RuntimeConfig",
    "AcceleratorConfig",
  ])
    if (input[name] && Object.keys(input[name]).length > 0) throw notServed(name);
}

function checkLogging(logging: any): void {
  if (!logging) return;
  if (logging.LogFormat === "Text" && (logging.ApplicationLogLevel || logging.SystemLogLevel))
    throw invalid(
      'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
    );
}

function checkEnvironment(variables: Record<string, unknown>): void {
  // Lambda runs this script in place of the runtime: it would be ignored here.
  if (variables["AWS_LAMBDA_EXEC_WRAPPER"]) throw notServed("AWS_LAMBDA_EXEC_WRAPPER");
  const taken = Object.keys(variables).filter((key) => reserved.has(key));
  if (taken.length > 0)
    throw invalid(
      "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. " +
        `Reserved keys used in this request: ${taken.join(", ")}`,
    );
  for (const [key, value] of Object.entries(variables)) {
    if (typeof value !== "string" || value.includes("\0")) throw invalid(`The value of ${key} must be a string`);
  }
  const bytes = Object.entries(variables).reduce((sum, [key, value]) => sum + Buffer.byteLength(`${key}${value}`), 0);
  if (bytes > environmentLimitBytes)
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${JSON.stringify(variables)}`,
    );
}

/** What a request says, over what was; absent members stay. */
export function applyConfiguration(
  cloud: LocalCloud,
  input: any,
  before: VersionRecord,
  layers: LayerUse[] = before.layers ?? [],
): VersionRecord {
  const logging = input.LoggingConfig;
  const format = logging?.LogFormat ?? before.logging.format;
  return {
    ...before,
    runtime: input.Runtime ?? before.runtime,
    handler: input.Handler ?? before.handler,
    role: input.Role ?? before.role,
    description: input.Description ?? before.description,
    timeoutSeconds: input.Timeout ?? before.timeoutSeconds,
    memoryMb: input.MemorySize ?? before.memoryMb,
    ephemeralMb: input.EphemeralStorage?.Size ?? before.ephemeralMb,
    environment: input.Environment ? { ...input.Environment.Variables } : before.environment,
    tracingMode: input.TracingConfig?.Mode ?? before.tracingMode,
    logging: logging
      ? {
          format,
          group: logging.LogGroup ?? before.logging.group,
          ...(format === "JSON" && {
            applicationLevel: logging.ApplicationLogLevel ?? before.logging.applicationLevel ?? "INFO",
            systemLevel: logging.SystemLogLevel ?? before.logging.systemLevel ?? "INFO",
          }),
        }
      : before.logging,
    layers,
    ...stamp(cloud),
  };
}

/** Equal for versions that run the same: what makes a new version worth publishing. */
export function sameness(version: VersionRecord): string {
  const { runtime, handler, role, timeoutSeconds, memoryMb, ephemeralMb, environment, architectures } = version;
  const { tracingMode, logging, codeSha256, layers = [] } = version;
  return JSON.stringify([
    ...[runtime, handler, role, timeoutSeconds, memoryMb, ephemeralMb, environment, architectures],
    ...[tracingMode, logging, codeSha256, layers.map(({ arn }) => arn)],
  ]);
}

/** Every change makes a new revision. */
export function stamp(cloud: LocalCloud): { lastModified: string; revisionId: string } {
  const now = new Date(cloud.clock.now()).toISOString().replace("Z", "+0000");
  return { lastModified: now, revisionId: randomUUID() };
}

export function newVersion(cloud: LocalCloud, name: string, architectures: string[]): VersionRecord {
  return {
    version: latest,
    runtime: "",
    handler: "",
    role: "",
    description: "",
    timeoutSeconds: 3,
    memoryMb: 128,
    ephemeralMb: 512,
    architectures,
    tracingMode: "PassThrough",
    logging: { format: "Text", group: `/aws/lambda/${name}` },
    codeSha256: "",
    codeSizeBytes: 0,
    state: "Pending",
    stateReason: "The function is being created.",
    stateReasonCode: "Creating",
    ...stamp(cloud),
  };
}

/** FunctionConfiguration; `qualified` shows the ARN with the version (or alias) asked for. */
export function showConfiguration(
  cloud: LocalCloud,
  record: FunctionRecord,
  version: VersionRecord,
  qualifier?: string,
): Record<string, unknown> {
  const { logging } = version;
  return {
    FunctionName: record.name,
    FunctionArn: arnOf(cloud, record.name, qualifier),
    Runtime: version.runtime || undefined,
    Role: version.role,
    Handler: version.handler || undefined,
    CodeSize: version.codeSizeBytes,
    Description: version.description,
    Timeout: version.timeoutSeconds,
    MemorySize: version.memoryMb,
    LastModified: version.lastModified,
    CodeSha256: version.codeSha256,
    Version: version.version,
    ...(version.environment && { Environment: { Variables: version.environment } }),
    TracingConfig: { Mode: version.tracingMode },
    RevisionId: version.revisionId,
    ...(version.layers?.length && {
      Layers: version.layers.map(({ arn, codeSizeBytes }) => ({ Arn: arn, CodeSize: codeSizeBytes })),
    }),
    State: version.state,
    ...(version.stateReason && { StateReason: version.stateReason, StateReasonCode: version.stateReasonCode }),
    ...(version.lastUpdateStatus && { LastUpdateStatus: version.lastUpdateStatus }),
    ...(version.lastUpdateReason && { LastUpdateStatusReason: version.lastUpdateReason }),
    ...(version.lastUpdateReasonCode && { LastUpdateStatusReasonCode: version.lastUpdateReasonCode }),
    PackageType: "Zip",
    Architectures: version.architectures,
    EphemeralStorage: { Size: version.ephemeralMb },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(cloud, version.runtime) },
    LoggingConfig: {
      LogFormat: logging.format,
      LogGroup: logging.group,
      ...(logging.applicationLevel && { ApplicationLogLevel: logging.applicationLevel }),
      ...(logging.systemLevel && { SystemLogLevel: logging.systemLevel }),
    },
  };
}

/** Lists say less: what a version is at just now is told by GetFunction alone. */
const unlisted = new Set([
  ...["State", "StateReason", "StateReasonCode", "RuntimeVersionConfig"],
  ...["LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"],
]);

export function listConfiguration(...shown: Parameters<typeof showConfiguration>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(showConfiguration(...shown)).filter(([name]) => !unlisted.has(name)));
}

export function runtimeVersionArn(cloud: LocalCloud, runtime: string): string {
  return `arn:aws:lambda:${cloud.options.region}::runtime:${Buffer.from(runtime).toString("hex").padEnd(64, "0")}`;
}
