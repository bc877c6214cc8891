/**
 * aws:lambda/layerVersion:LayerVersion; its id is its ARN, as in pulumi-aws. A version never changes: whatever is said
 * otherwise makes a new one of the same layer.
 */
import type { Architecture, PublishLayerVersionCommandInput, Runtime } from "@aws-sdk/client-lambda";
import { set, steering, text } from "../schema.ts";
import { bool, type Call, compact, type ResourceType, str, strs } from "../type.ts";
import { lambda, orMissing } from "./calls.ts";
import { intact, settleCode, zipOf } from "./zip.ts";

export const layerVersion: ResourceType = {
  token: "aws:lambda/layerVersion:LayerVersion",
  properties: {
    layerName: text({ required: true, replaces: true }),
    code: { kind: "archive", writeOnly: true, replaces: true },
    s3Bucket: text({ writeOnly: true, replaces: true }),
    s3Key: text({ writeOnly: true, replaces: true }),
    s3ObjectVersion: text({ writeOnly: true, replaces: true }),
    sourceCodeHash: text({ writeOnly: true, computed: true, replaces: true }),
    compatibleArchitectures: set(text({ oneOf: ["x86_64", "arm64"] }), { replaces: true }),
    compatibleRuntimes: set(text(), { replaces: true }),
    description: text({ replaces: true }),
    licenseInfo: text({ replaces: true }),
    skipDestroy: steering(),
  },
  outputs: [
    ..."arn codeSha256 createdDate layerArn signingJobArn signingProfileVersionArn".split(" "),
    ..."sourceCodeSize version".split(" "),
  ],
  validate: (inputs) => {
    const said = ["code", "s3Bucket"].filter((name) => inputs[name] !== undefined);
    if (said.length !== 1)
      return [{ property: "code", reason: `Exactly one of code and s3Bucket is needed, got ${said.length}` }];
    if (said[0] === "s3Bucket" && inputs["s3Key"] === undefined)
      return [{ property: "s3Key", reason: "Missing required property 's3Key' beside s3Bucket" }];
    return [];
  },
  settle: settleCode,
  create,
  // Nothing of it can be changed; skipDestroy is the state's alone.
  aspects: [],
  observe,
  remove: async (call) => {
    if (bool(call.inputs, "skipDestroy")) return;
    const client = await lambda(call);
    await orMissing(client.deleteLayerVersion(place(call)));
  },
};

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  const request: PublishLayerVersionCommandInput = {
    LayerName: str(inputs, "layerName"),
    Content: {
      ZipFile: await zipOf(inputs),
      S3Bucket: str(inputs, "s3Bucket"),
      S3Key: str(inputs, "s3Key"),
      S3ObjectVersion: str(inputs, "s3ObjectVersion"),
    },
    Description: str(inputs, "description"),
    LicenseInfo: str(inputs, "licenseInfo"),
    CompatibleRuntimes: strs(inputs, "compatibleRuntimes") as Runtime[] | undefined,
    CompatibleArchitectures: strs(inputs, "compatibleArchitectures") as Architecture[] | undefined,
  };
  const made = await (await lambda(call)).publishLayerVersion(request);
  call.id = made.LayerVersionArn ?? "";
  await intact(call, made.Content?.CodeSha256, `the content of layer ${call.label}`);
  return call.id;
}

function place(call: Call): { LayerName: string; VersionNumber: number } {
  const at = call.id.lastIndexOf(":");
  return { LayerName: call.id.slice(0, Math.max(at, 0)), VersionNumber: Number(call.id.slice(at + 1)) };
}

async function observe(call: Call) {
  if (!/^arn:.*:layer:[^:]+:\d+$/.test(call.id)) return undefined;
  const live = await orMissing((await lambda(call)).getLayerVersion(place(call)));
  if (!live) return undefined;
  return {
    inputs: compact({
      layerName: live.LayerArn?.split(":").at(-1),
      compatibleArchitectures: live.CompatibleArchitectures,
      compatibleRuntimes: live.CompatibleRuntimes,
      description: live.Description || undefined,
      licenseInfo: live.LicenseInfo || undefined,
    }),
    outputs: {
      arn: live.LayerVersionArn ?? call.id,
      layerArn: live.LayerArn ?? "",
      version: String(live.Version ?? ""),
      createdDate: live.CreatedDate ?? "",
      codeSha256: live.Content?.CodeSha256 ?? "",
      sourceCodeHash: str(call.inputs, "sourceCodeHash") ?? live.Content?.CodeSha256 ?? "",
      sourceCodeSize: live.Content?.CodeSize ?? 0,
      signingJobArn: live.Content?.SigningJobArn ?? "",
      signingProfileVersionArn: live.Content?.SigningProfileVersionArn ?? "",
    },
  };
}
