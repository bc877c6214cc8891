/**
 * A filter as DynamoDB is told it: an expression in which every name and value stands behind a placeholder, so that nothing
 * typed can be read as a part of it. Makes the text; asks nobody.
 */
import type { Filter, Path, Test } from "./filter.ts";
import type { Value } from "./values.ts";

/** Names and values of one call, each once behind a placeholder. */
export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values: Value[] = [];

  name(name: string): string {
    const placeholder = this.#names.get(name) ?? `#n${this.#names.size}`;
    this.#names.set(name, placeholder);
    return placeholder;
  }

  path(path: Path): string {
    return path
      .map((step, at) => (typeof step === "number" ? `[${step}]` : `${at === 0 ? "" : "."}${this.name(step)}`))
      .join("");
  }

  value(value: Value): string {
    return `:v${this.#values.push(value) - 1}`;
  }

  /** As a call has them; none at all where there are none, which DynamoDB wants left out. */
  attributes(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, Value>;
  } {
    const names = Object.fromEntries([...this.#names].map(([name, placeholder]) => [placeholder, name]));
    const values = Object.fromEntries(this.#values.map((value, at) => [`:v${at}`, value]));
    return {
      ...(this.#names.size > 0 ? { ExpressionAttributeNames: names } : {}),
      ...(this.#values.length > 0 ? { ExpressionAttributeValues: values } : {}),
    };
  }
}

export function expressionOf(filter: Filter, held: Placeholders): string {
  if ("and" in filter) return filter.and.map((one) => `(${expressionOf(one, held)})`).join(" AND ");
  if ("or" in filter) return filter.or.map((one) => `(${expressionOf(one, held)})`).join(" OR ");
  if ("not" in filter) return `NOT (${expressionOf(filter.not, held)})`;
  return testOf(filter.test, held);
}

const shapes: Partial<Record<Test["op"], (path: string, values: readonly string[]) => string>> = {
  between: (path, [low, high]) => `${path} BETWEEN ${low} AND ${high}`,
  in: (path, values) => `${path} IN (${values.join(", ")})`,
  begins_with: (path, [value]) => `begins_with(${path}, ${value})`,
  contains: (path, [value]) => `contains(${path}, ${value})`,
  exists: (path) => `attribute_exists(${path})`,
};

export function testOf({ path, op, values }: Test, held: Placeholders): string {
  const at = held.path(path);
  const placeholders = values.map(({ value }) => held.value(value));
  return shapes[op]?.(at, placeholders) ?? `${at} ${op === "!=" ? "<>" : op} ${placeholders[0]}`;
}
