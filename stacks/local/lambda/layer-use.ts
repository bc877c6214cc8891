/** A function's layers: from the ARNs of a request to what its version keeps, and whether all of it is small enough. */
import type { Core } from "./core.ts";
import { accessDenied, invalid, validation } from "./errors.ts";
import type { LayerUse } from "./records.ts";

const most = 5;
const unzippedLimitBytes = 262_144_000;
export const layerVersionPattern =
  "(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)";
const layerVersionExpression = new RegExp(`^(?:${layerVersionPattern})$`);

export interface LayerVersionRef {
  region: string;
  accountId: string;
  name: string;
  version: string;
}

/** Null where it is no layer version's ARN. */
export function parseLayerVersion(arn: string): LayerVersionRef | null {
  if (arn.length > 2048 || !layerVersionExpression.test(arn)) return null;
  const [, , , region = "", accountId = "", , name = "", version = ""] = arn.split(":");
  return { region, accountId, name, version };
}

/** What a request's Layers mean; undefined where it says nothing of them. */
export function findLayers(core: Core, arns: unknown, caller: string): LayerUse[] | undefined {
  if (arns === undefined || arns === null) return undefined;
  const items = Array.isArray(arns) ? arns.map(String) : [String(arns)];
  if (items.length > most) throw invalid(`Cannot reference more than ${most} layers.`);
  const seen = new Map<string, string>();
  return items.map((arn) => {
    const use = findLayer(core, arn, items, caller);
    const layer = arn.slice(0, arn.lastIndexOf(":"));
    const other = seen.get(layer);
    if (other !== undefined)
      throw invalid(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    seen.set(layer, arn);
    return use;
  });
}

function findLayer(core: Core, arn: string, all: string[], caller: string): LayerUse {
  const ref = parseLayerVersion(arn);
  if (!ref)
    throw validation([
      `Value '[${all.join(", ")}]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${layerVersionPattern}, Member must not be null]`,
    ]);
  const { region, accountId } = core.cloud.options;
  if (ref.accountId !== accountId)
    throw accessDenied(
      `User: ${caller} is not authorized to perform: lambda:GetLayerVersion on resource: ${arn} because no resource-based policy allows the lambda:GetLayerVersion action`,
    );
  if (ref.region !== region)
    throw invalid(`Layers are not in the same region as the function. Layers are expected to be in region ${region}.`);
  const found = core.layers.get(ref.name)?.versions[ref.version];
  if (!found) throw invalid(`Layer version ${arn} does not exist.`);
  return { arn, codeSha256: found.codeSha256, codeSizeBytes: found.codeSizeBytes };
}

/** Code and layers together are 250 MB at most, unzipped. */
export async function checkSize(core: Core, codeSha256: string, layers: readonly LayerUse[] = []): Promise<void> {
  if (layers.length === 0) return;
  let bytes = 0;
  for (const sha of [codeSha256, ...layers.map((layer) => layer.codeSha256)])
    bytes += (await core.code.contents(sha)).unzippedBytes;
  if (bytes > unzippedLimitBytes)
    throw invalid(
      `Function code combined with layers exceeds the maximum allowed size of ${unzippedLimitBytes} bytes. The actual size is ${bytes} bytes.`,
    );
}
