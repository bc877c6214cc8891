/**
 * `__defaults`: at each level of inputs the names whose values the provider made up. Pulumi's own plugins write it, and
 * take what an older input says for a default where it is missing: what a program no longer says would stay. Levels are
 * marked and unmarked where the engine asks (provider.ts); between that nothing here knows of them.
 */
import type { PropertyMap, PropertyValue } from "../../engine/value.ts";
import { isPlainMap, type Properties, type Property } from "./schema.ts";

const key = "__defaults";

/** With an empty list in each object below the top: only there is something made up here. Maps of anybody's keys have none. */
export function marked(properties: Properties, inputs: PropertyMap): PropertyMap {
  if (inputs[key] === undefined) return inputs;
  return fieldsOf(properties, inputs);
}

function fieldsOf(properties: Properties, values: PropertyMap): PropertyMap {
  const named = Object.entries(values).map(([name, value]) => {
    const property = properties[name];
    return [name, property ? markedValue(property, value) : value] as const;
  });
  return Object.fromEntries(named);
}

function markedValue(property: Property, value: PropertyValue): PropertyValue {
  if (Array.isArray(value)) return property.items ? value.map((item) => markedValue(property.items!, item)) : value;
  if (!isPlainMap(value)) return value;
  if (property.fields) return { ...fieldsOf(property.fields, value), [key]: [] };
  return property.items
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, markedValue(property.items!, item)]))
    : value;
}

/** As the program said it, and with the list of the top level, which says whether a name was made up. */
export function unmarked(inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, plain(value)]));
}

function plain(value: PropertyValue): PropertyValue {
  if (Array.isArray(value)) return value.map(plain);
  if (!isPlainMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (name === key ? [] : [[name, plain(item)]])),
  );
}
