/**
 * What a class of @pulumi/aws says that a resource has: its attributes and the kind of each, from the class's declaration.
 * Pulumi's own plugin answers all of them, and whoever goes on with a state of ours reads them.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { PropertyMap, PropertyValue } from "../../../../stacks/engine/value.ts";

type Kind = "string" | "number" | "boolean" | "list" | "map";

interface Attribute {
  kind: Kind;
  /** It may be undefined. */
  optional: boolean;
}

const packages = dirname(createRequire(import.meta.url).resolve("@pulumi/aws/package.json"));

/** Of `aws:s3/bucket:Bucket`. */
export function attributesOf(token: string): Map<string, Attribute> {
  const [, path = "", name] = token.split(":");
  const file = join(packages, `${path}.d.ts`);
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const found = source.statements.find((one) => ts.isClassDeclaration(one) && one.name?.text === name);
  if (!found || !ts.isClassDeclaration(found)) throw new Error(`${file} declares no ${name}`);
  const properties = found.members.filter(
    (member): member is ts.PropertyDeclaration =>
      ts.isPropertyDeclaration(member) && /^pulumi\.Output</.test(member.type?.getText(source) ?? ""),
  );
  return new Map(
    properties.map((property) => {
      const inside = /^pulumi\.Output<(.*)>$/s.exec(property.type!.getText(source))![1]!;
      return [property.name.getText(source), attributeOf(inside)];
    }),
  );
}

function attributeOf(text: string): Attribute {
  const kinds = text.split(" | ").filter((part) => part !== "undefined");
  return { kind: kindOf(kinds[0]!), optional: / \| undefined$/.test(text) };
}

function kindOf(text: string): Kind {
  if (/\[\]$/.test(text)) return "list";
  if (text === "number" || text === "boolean") return text;
  // Names of regions, of policies and the like are enums of strings, or resources that stand for their name.
  return text === "string" || /^enums\./.test(text) || text === "Region" || /Policy$|ARN$/.test(text)
    ? "string"
    : "map";
}

const kindOfValue = (value: PropertyValue): string =>
  Array.isArray(value) ? "list" : value !== null && typeof value === "object" ? "map" : typeof value;

/**
 * Attributes that a class promises and that a state of ours may be without: what nobody said and AWS did not answer, what
 * upstream only computes for itself, and what only one of the AWSs here does not tell. The next refresh by Pulumi's own
 * plugin fills them in.
 */
const leftOut: { readonly [token: string]: string } = {
  "aws:apigatewayv2/api:Api": "ipAddressType",
  "aws:apigatewayv2/domainName:DomainName": "routingMode",
  "aws:apigatewayv2/stage:Stage": "deploymentId",
  "aws:budgets/budget:Budget": "costFilters namePrefix",
  "aws:cloudfront/distribution:Distribution": "continuousDeploymentPolicyId",
  "aws:cloudwatch/logGroup:LogGroup": "deletionProtectionEnabled logGroupClass namePrefix",
  "aws:dynamodb/table:Table":
    "globalSecondaryIndexes globalTableWitness pointInTimeRecovery serverSideEncryption streamViewType ttl warmThroughput",
  "aws:iam/accessKey:AccessKey": "encryptedSecret encryptedSesSmtpPasswordV4 keyFingerprint sesSmtpPasswordV4",
  "aws:iam/groupPolicy:GroupPolicy": "namePrefix",
  "aws:iam/policy:Policy": "namePrefix",
  "aws:iam/role:Role": "inlinePolicies managedPolicyArns namePrefix",
  "aws:iam/rolePolicy:RolePolicy": "namePrefix",
  "aws:iam/userPolicy:UserPolicy": "namePrefix",
  "aws:lambda/eventSourceMapping:EventSourceMapping":
    "amazonManagedKafkaEventSourceConfig maximumRecordAgeInSeconds maximumRetryAttempts parallelizationFactor selfManagedKafkaEventSourceConfig",
  "aws:lambda/function:Function": "ephemeralStorage loggingConfig tracingConfig",
  "aws:lambda/permission:Permission": "statementIdPrefix",
  "aws:route53/record:Record": "allowOverwrite",
  "aws:route53/zone:Zone": "enableAcceleratedRecovery",
  "aws:s3/bucket:Bucket":
    "accelerationStatus acl bucketNamespace bucketPrefix corsRules grants lifecycleRules logging objectLockConfiguration policy replicationConfiguration requestPayer serverSideEncryptionConfiguration versioning website websiteDomain websiteEndpoint",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration":
    "expectedBucketOwner transitionDefaultMinimumObjectSize",
  "aws:s3/bucketObject:BucketObject": "bucketKeyEnabled kmsKeyId serverSideEncryption versionId",
  "aws:s3/bucketObjectv2:BucketObjectv2":
    "acl bucketKeyEnabled checksumCrc32c checksumCrc64nvme checksumSha1 checksumSha256 kmsKeyId serverSideEncryption versionId",
  "aws:ssm/parameter:Parameter": "insecureValue",
};

export interface Unlike {
  /** `sizeBytes: string, not number`; attributes that the class does not have. */
  wrong: string[];
  /** The class promises them, they are not there, and may not be left out. */
  missing: string[];
}

export function unlikeClass(token: string, outputs: PropertyMap): Unlike {
  const attributes = attributesOf(token);
  const wrong = Object.entries(outputs).flatMap(([name, value]) => {
    const attribute = attributes.get(name);
    if (name === "id" || name.startsWith("__")) return [];
    if (!attribute) return [`${name}: the class has none`];
    const kind = kindOfValue(value);
    return kind === attribute.kind ? [] : [`${name}: ${kind}, not ${attribute.kind}`];
  });
  const may = new Set(leftOut[token]?.split(" "));
  const missing = [...attributes].flatMap(([name, { optional }]) =>
    optional || outputs[name] !== undefined || may.has(name) ? [] : [name],
  );
  return { wrong, missing };
}

/** Of upstream's schemas, as its sources have them (`SchemaVersion`); all others are at 0. */
const schemaVersions: { readonly [token: string]: number } = {
  "aws:cloudfront/distribution:Distribution": 1,
  "aws:dynamodb/table:Table": 1,
  "aws:route53/record:Record": 2,
};

/** What Pulumi's own plugin reads the version from. */
export function metaOf(token: string): string | undefined {
  const version = schemaVersions[token];
  return version === undefined ? undefined : `{"schema_version":"${version}"}`;
}
