/** What every snapshot must be (Pulumi's VerifyIntegrity): checked before each write, so that no broken one is kept. */
import { errors } from "./errors.ts";
import type { ResourceState, Snapshot } from "./resource.ts";

export function verifyIntegrity({ resources }: Snapshot): void {
  const before = new Set<string>();
  const live = new Set<string>();
  const providers = new Set<string>();
  for (const resource of resources) {
    checkOne(resource, before, providers);
    if (!resource.delete) {
      if (live.has(resource.urn))
        throw errors.integrity(`duplicate resource ${resource.urn} (not marked for deletion)`);
      live.add(resource.urn);
    }
    before.add(resource.urn);
    if (resource.type.startsWith("pulumi:providers:")) providers.add(`${resource.urn}::${resource.id ?? ""}`);
  }
}

function checkOne(resource: ResourceState, before: Set<string>, providers: Set<string>): void {
  const { urn } = resource;
  if (!urn) throw errors.integrity("resource missing required urn field");
  if (!resource.type) throw errors.integrity(`resource ${urn} missing required type field`);
  if (!resource.custom && resource.id)
    throw errors.integrity(`resource ${urn} has an id, but is not a custom resource`);
  if (resource.provider && !resource.pendingReplacement && !providers.has(resource.provider))
    throw errors.integrity(`resource ${urn} refers to unknown provider ${resource.provider}`);
  for (const [what, to] of references(resource))
    if (!before.has(to)) throw errors.integrity(`resource ${urn}'s ${what} ${to} refers to missing or later resource`);
}

function* references(resource: ResourceState): Generator<[what: string, urn: string]> {
  if (resource.parent) yield ["parent", resource.parent];
  for (const urn of resource.dependencies) yield ["dependency", urn];
  for (const [property, urns] of Object.entries(resource.propertyDependencies))
    for (const urn of urns) yield [`property dependency (${property})`, urn];
  if (resource.deletedWith) yield ["deletedWith", resource.deletedWith];
  for (const urn of resource.replaceWith ?? []) yield ["replaceWith", urn];
}
