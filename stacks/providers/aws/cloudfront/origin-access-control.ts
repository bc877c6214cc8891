/** aws:cloudfront/originAccessControl:OriginAccessControl: how CloudFront signs what it asks of an origin. */
import type { OriginAccessControlConfig } from "@aws-sdk/client-cloudfront";
import type { PropertyMap } from "../../../engine/value.ts";
import { retried } from "../../kit/waiting.ts";
import { hasCode } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import { text } from "../schema.ts";
import { type Call, compact, type ResourceType, str } from "../type.ts";
import { cloudfront, onWhatIsThere, orMissing } from "./calls.ts";

export const originAccessControl: ResourceType = {
  token: "aws:cloudfront/originAccessControl:OriginAccessControl",
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    description: text({ default: "Managed by Pulumi" }),
    originAccessControlOriginType: text({
      required: true,
      replaces: true,
      oneOf: ["s3", "lambda", "mediastore", "mediapackagev2"],
    }),
    signingBehavior: text({ required: true, oneOf: ["always", "never", "no-override"] }),
    signingProtocol: text({ required: true, oneOf: ["sigv4"] }),
  },
  outputs: ["arn", "etag"],
  volatile: ["etag"],
  autoname: { property: "name", maxLength: 64 },
  identity: (inputs) => str(inputs, "name"),
  create: async (call) => {
    call.label = str(call.inputs, "name")!;
    const OriginAccessControlConfig = configOf(call.inputs);
    const made = await (await cloudfront(call)).createOriginAccessControl({ OriginAccessControlConfig });
    return made.OriginAccessControl!.Id!;
  },
  exists: ["OriginAccessControlAlreadyExists"],
  locate,
  aspects: [{ of: ["description", "signingBehavior"], sync }],
  observe,
  remove,
};

function configOf(inputs: PropertyMap): OriginAccessControlConfig {
  return {
    Name: str(inputs, "name"),
    Description: str(inputs, "description") ?? "",
    OriginAccessControlOriginType: str(inputs, "originAccessControlOriginType") as "lambda",
    SigningBehavior: str(inputs, "signingBehavior") as "always",
    SigningProtocol: "sigv4",
  };
}

async function locate(call: Call): Promise<string | undefined> {
  const client = await cloudfront(call);
  let Marker: string | undefined;
  do {
    const { OriginAccessControlList: page } = await client.listOriginAccessControls({ Marker });
    const found = page?.Items?.find(({ Name }) => Name === str(call.inputs, "name"));
    if (found) return found.Id;
    Marker = page?.IsTruncated ? page.NextMarker : undefined;
  } while (Marker);
  return undefined;
}

async function sync(call: Call): Promise<void> {
  const client = await cloudfront(call);
  await onWhatIsThere(call, async () => {
    const { ETag } = await client.getOriginAccessControl({ Id: call.id });
    const OriginAccessControlConfig = configOf(call.inputs);
    await client.updateOriginAccessControl({ Id: call.id, IfMatch: ETag, OriginAccessControlConfig });
  });
}

async function observe(call: Call) {
  const live = await orMissing((await cloudfront(call)).getOriginAccessControl({ Id: call.id }));
  const config = live?.OriginAccessControl?.OriginAccessControlConfig;
  if (!live || !config) return undefined;
  const { accountId } = await call.session.caller(call.context);
  return {
    inputs: compact({
      name: config.Name,
      description: config.Description ?? "",
      originAccessControlOriginType: config.OriginAccessControlOriginType,
      signingBehavior: config.SigningBehavior,
      signingProtocol: config.SigningProtocol,
    }),
    outputs: {
      arn: `arn:${partitionOf(call.session.region).id}:cloudfront::${accountId}:origin-access-control/${call.id}`,
      etag: live.ETag ?? "",
    },
  };
}

/** A distribution lets go of it some time after it was told to. */
async function remove(call: Call): Promise<void> {
  const client = await cloudfront(call);
  const wait = { what: `distributions to let go of ${call.label}`, seconds: 900 };
  const again = (error: unknown): boolean => hasCode(error, "OriginAccessControlInUse", "PreconditionFailed");
  await retried(call.context, wait, again, async () => {
    const live = await orMissing(client.getOriginAccessControl({ Id: call.id }));
    if (live) await orMissing(client.deleteOriginAccessControl({ Id: call.id, IfMatch: live.ETag }));
  });
}
