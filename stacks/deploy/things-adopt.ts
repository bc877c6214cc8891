/**
 * What exists already, read as a program would say it, so that taking it in changes nothing. What another stack owns, by its
 * tags or by a state, is refused; so is what could only be listed with a secret in it. Changes nothing.
 */
import type { Cloud } from "../cloud.ts";
import { type PropertyMap, type PropertyValue, Unknown } from "../engine/value.ts";
import { createAwsProvider } from "../providers/aws/index.ts";
import { thingsStack } from "../things/physical.ts";
import { thingTypeOf } from "../things/schema.ts";
import type { Json } from "../things/thing.ts";
import { guarded } from "./clients.ts";
import { faults } from "./faults.ts";
import { sealedExport } from "./health.ts";
import { environmentOf } from "./stack-state.ts";
import { thingFaults } from "./things-faults.ts";
import { stackNames } from "./workspace.ts";

/** Its inputs. `name`: what it is to be called. Throws `adopt-missing`, `adopt-owned`, `adopt-secret`, credentials. */
export async function adoptable(
  cloud: Cloud,
  { kind, id, name }: { kind: string; id: string; name: string },
  signal: AbortSignal,
): Promise<Record<string, Json>> {
  const provider = createAwsProvider({ environment: environmentOf(cloud) });
  const context = { signal, timeoutSeconds: 0, status: () => undefined, log: () => undefined };
  try {
    await provider.configure({ region: cloud.region, allowedAccountIds: [cloud.accountId] });
    const urn = `urn:pulumi:${cloud.name}::freehold-${thingsStack}::${kind}::${name}`;
    const found = await guarded(cloud, () => provider.read({ urn, type: kind, name, id }, context));
    if (found.id === null || !found.inputs) throw thingFaults.adoptMissing(kind, id);
    refuseTagged(id, found.outputs, found.inputs);
    await refuseOwned(cloud, { kind, id: found.id, name });
    return await plainInputs(kind, id, found.inputs);
  } finally {
    await provider.close();
  }
}

/** Tags by which a tool says that it is its own. */
const owners: readonly (readonly [tag: string, who: string])[] = [
  ["freehold:cloud", "the cloud"],
  ["aws:cloudformation:stack-name", "the CloudFormation stack"],
];

function refuseTagged(id: string, outputs: PropertyMap, inputs: PropertyMap): void {
  const tags = { ...(inputs["tags"] as PropertyMap | undefined), ...(outputs["tagsAll"] as PropertyMap | undefined) };
  for (const [tag, who] of owners) {
    const value = tags[tag];
    const app = tags["freehold:app"];
    const part = typeof app === "string" ? `, part of ${app}` : "";
    if (typeof value === "string") throw thingFaults.adoptOwned(id, `${who} ${value}${part}`);
  }
}

/** Of what can carry no tags its id says it, or the id it is a part of: `ROLE:POLICY`, a bucket's own settings. */
async function refuseOwned(
  cloud: Cloud,
  { kind, id, name }: { kind: string; id: string; name: string },
): Promise<void> {
  const parts = new Set([id, id.split(/[:/]/)[0] ?? id]);
  for (const stack of await stackNames(cloud)) {
    const { deployment } = (await sealedExport(cloud, stack)) as {
      deployment: { resources?: { urn: string; type: string; id?: string }[] };
    };
    const own = (deployment.resources ?? []).find((one) => {
      if (one.id === undefined || one.type.startsWith("pulumi:")) return false;
      if (stack !== thingsStack) return parts.has(one.id);
      // Taken in under this very name: an earlier run was cut off.
      return one.type === kind && one.id === id && !one.urn.endsWith(`::${name}`);
    });
    if (own) throw thingFaults.adoptOwned(id, `the stack ${stack}`);
  }
}

async function plainInputs(kind: string, id: string, inputs: PropertyMap): Promise<Record<string, Json>> {
  const type = await thingTypeOf(kind);
  if (!type) throw faults.badName(kind, "is no type Freehold knows");
  const secret = Object.keys(inputs).filter((name) => type.inputs[name]?.secret);
  // A plain parameter's text is secret to nobody in AWS, either.
  const open = kind === "aws:ssm/parameter:Parameter" && inputs["type"] !== "SecureString";
  if (secret.length > 0 && !open) throw thingFaults.adoptSecret(id, secret);
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]) => {
      const plain = plainValue(value);
      return name === "__defaults" || plain === undefined ? [] : [[name, plain]];
    }),
  );
}

/** Files and what is not known are nothing a list can say. */
function plainValue(value: PropertyValue): Json | undefined {
  if (value === null || value instanceof Unknown) return undefined;
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.flatMap((item) => plainValue(item) ?? []);
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  return Object.fromEntries(
    Object.entries(value as PropertyMap).flatMap(([name, item]) => {
      const plain = plainValue(item);
      return plain === undefined ? [] : [[name, plain]];
    }),
  );
}
