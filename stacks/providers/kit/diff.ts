/** What a change of inputs means: which names differ, which force a replacement, and the path of each difference. */
import type { DiffKind, DiffRequest, DiffResult, PropertyDiff } from "../../engine/provider.ts";
import { type PropertyMap, type PropertyValue, Unknown } from "../../engine/value.ts";
import { same } from "./canonical.ts";
import { isInvented } from "./naming.ts";
import type { Properties, Property } from "./schema.ts";
import { isEmpty } from "./schema.ts";
import { changedNames, propertiesOf, spelled } from "./skeleton.ts";
import type { ResourceType } from "./type.ts";

type Detailed = { [path: string]: PropertyDiff };

export async function diff(type: ResourceType, request: DiffRequest): Promise<DiffResult> {
  const { oldInputs, newInputs } = request;
  const properties = propertiesOf(type);
  const ignored = (name: string): boolean =>
    request.ignoreChanges.some((path) => path === name || path === "*" || (name === "tagsAll" && path === "tags"));
  const names = changedNames(type, oldInputs, newInputs).filter((name) => !ignored(name));
  const compared = { inputs: newInputs, olds: oldInputs, outputs: request.oldOutputs };
  const changed = (await type.settle?.(compared, names)) ?? names;
  const [olds, news] = [spelled(type, oldInputs), spelled(type, newInputs)];
  const detailedDiff: Detailed = {};
  for (const name of changed) {
    const property = properties[name]!;
    const shown = name === "tagsAll" && !same(property, oldInputs["tags"], newInputs["tags"]) ? "tags" : name;
    describe(property, shown, olds[shown], news[shown], property.replaces === true, detailedDiff);
  }
  for (const path of Object.keys(detailedDiff)) if (request.ignoreChanges.includes(path)) delete detailedDiff[path];
  const paths = Object.keys(detailedDiff);
  const replaces = changed.filter((name) => properties[name]!.replaces && paths.some((path) => begins(path, name)));
  return {
    changes: paths.length > 0 ? "some" : "none",
    replaces,
    stables: stables(type, properties, newInputs),
    diffs: [...new Set(paths.map((path) => /^[^.[]+/.exec(path)![0]))],
    detailedDiff,
    deleteBeforeReplace: replaces.length > 0 && keepsName(type, oldInputs, newInputs),
  };
}

const begins = (path: string, name: string): boolean =>
  path === name || (/^[.[]/.test(path.slice(name.length)) && path.startsWith(name));

/** Two resources cannot have one name: the old one must go first. */
function keepsName(type: ResourceType, olds: PropertyMap, news: PropertyMap): boolean {
  if (!type.identity || isInvented(type.autoname, news)) return false;
  const [before, after] = [type.identity(olds), type.identity(news)];
  return before !== undefined && before === after;
}

function stables(type: ResourceType, properties: Properties, inputs: PropertyMap): string[] {
  const fixed = Object.keys(properties).filter((name) => properties[name]!.replaces && inputs[name] !== undefined);
  return [...fixed, ...type.outputs.filter((name) => !type.volatile?.includes(name))];
}

function kindOf(before: PropertyValue | undefined, after: PropertyValue | undefined, replaces: boolean): DiffKind {
  const kind = isEmpty(before) ? "add" : isEmpty(after) ? "delete" : "update";
  return replaces ? `${kind}-replace` : kind;
}

function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function describe(
  property: Property,
  path: string,
  before: PropertyValue | undefined,
  after: PropertyValue | undefined,
  replaces: boolean,
  into: Detailed,
): void {
  const nested = property.kind === "map" || property.kind === "object";
  if (nested && isMap(before) && isMap(after) && !(after instanceof Unknown)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const of = property.kind === "map" ? property.items! : property.fields![key];
      const at = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}["${key}"]`;
      if (of && !same(of, before[key], after[key])) describe(of, at, before[key], after[key], replaces, into);
    }
    return;
  }
  if (property.kind === "list" && Array.isArray(before) && Array.isArray(after)) {
    for (let at = 0; at < Math.max(before.length, after.length); at++)
      if (!same(property.items!, before[at], after[at]))
        describe(property.items!, `${path}[${at}]`, before[at], after[at], replaces, into);
    return;
  }
  into[path] = { kind: kindOf(before, after, replaces), inputDiff: true };
}
