/**
 * What a preview would create, as a file for `pulumi import` to which only the ids have to be added. Names are unique
 * in it: where two resources share one, the later is called after its type, too.
 */
import type { Deployment } from "../deployment/deployment.ts";
import type { ResourceState } from "../state/resource.ts";
import { isProviderType, parseReference, parseUrn, rootStackType } from "../values/urn.ts";

const placeholder = "<PLACEHOLDER>";

export function importListing(d: Deployment): string {
  const states = [...d.news.values()];
  const names = namesOf(states);
  const created = states.filter(
    (state) => !d.olds.has(state.urn) && state.type !== rootStackType && !isDefault(state.urn),
  );
  const listed = created.filter(({ type }) => !isProviderType(type));
  const inFile = new Set(listed.map(({ urn }) => urn));
  const nameTable: { [name: string]: string } = {};
  const nameOf = (urn: string): string => {
    const name = names.get(urn) ?? parseUrn(urn)?.name ?? urn;
    if (!inFile.has(urn)) nameTable[name] = urn;
    return name;
  };
  const resources = listed.map((state) => {
    const logical = parseUrn(state.urn)?.name ?? "";
    const name = names.get(state.urn)!;
    const parent = state.parent && parseUrn(state.parent)?.type !== rootStackType ? nameOf(state.parent) : undefined;
    const provider = state.provider ? parseReference(state.provider)?.urn : undefined;
    const version = provider && d.news.get(provider)?.inputs["version"];
    return {
      type: state.type,
      name,
      ...(state.custom ? { id: placeholder } : {}),
      ...(parent ? { parent } : {}),
      ...(provider && !isDefault(provider) ? { provider: nameOf(provider) } : {}),
      ...(typeof version === "string" ? { version } : {}),
      ...(state.custom ? {} : { component: true }),
      ...(name === logical ? {} : { logicalName: logical }),
    };
  });
  const table = Object.keys(nameTable).length > 0 ? { nameTable } : {};
  return `${JSON.stringify({ ...table, resources }, null, 4)}\n`;
}

function isDefault(urn: string): boolean {
  const parts = parseUrn(urn);
  return parts !== undefined && isProviderType(parts.type) && /^default(_\d|$)/.test(parts.name);
}

function namesOf(states: readonly ResourceState[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { urn, type } of states) {
    const base = parseUrn(urn)?.name ?? "";
    const suffix = type.slice(type.lastIndexOf(":") + 1);
    let name = base;
    for (let n = 1; taken.has(name); n++) name = `${base}${suffix}${n > 1 ? n : ""}`;
    taken.add(name);
    names.set(urn, name);
  }
  return names;
}
