/**
 * One configuration value as settings files hold it: a text, `{ secure }`, or an object with such inside. Pure: what it
 * says in the clear, and what it becomes when a path in it is set or removed.
 */
import { errors } from "./errors.ts";
import type { SecretsManager } from "./secrets.ts";

export interface ConfigValue {
  /** A text as it is; anything else as compact JSON. In the clear when it could be decrypted. */
  value: string;
  secret: boolean;
  /** Present when the value is not a text. */
  objectValue?: unknown;
}

/** Throws when it is secret and there is no manager. */
export function toConfigValue(value: unknown, manager: SecretsManager | undefined): ConfigValue {
  if (isSecure(value)) return { value: reveal(value, manager) as string, secret: true };
  if (value !== null && typeof value === "object") {
    const clear = sorted(reveal(value, manager));
    return { value: JSON.stringify(clear), objectValue: clear, secret: holdsSecret(value) };
  }
  return { value: String(value), secret: false };
}

export function isSecure(value: unknown): value is { secure: string } {
  return (
    value !== null &&
    typeof value === "object" &&
    Object.keys(value).length === 1 &&
    typeof (value as { secure?: unknown }).secure === "string"
  );
}

export function holdsSecret(value: unknown): boolean {
  return isSecure(value) || (value !== null && typeof value === "object" && Object.values(value).some(holdsSecret));
}

function reveal(value: unknown, manager: SecretsManager | undefined): unknown {
  if (isSecure(value)) {
    if (!manager) throw errors.noPassphrase();
    return manager.decrypt(value.secure);
  }
  return mapInside(value, (item) => reveal(item, manager));
}

/** Keys in the order in which the official engine writes JSON. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return mapInside(value, sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function mapInside(value: unknown, change: (item: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}

/** Below a path, numbers and booleans are what they look like. */
export function scalar(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

type Path = readonly (string | number)[];

export function valueAt(value: unknown, path: Path): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(value)) return typeof head === "number" ? valueAt(value[head], rest) : undefined;
  if (value === null || typeof value !== "object" || isSecure(value) || typeof head !== "string") return undefined;
  return Object.hasOwn(value, head) ? valueAt((value as Record<string, unknown>)[head], rest) : undefined;
}

/** A copy with `value` at the path. Throws in Pulumi's words when the path does not fit what is there. */
export function withValueAt(container: unknown, path: Path, value: unknown, done: Path): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const here = formatPath(done);
  const isContainer = container !== null && typeof container === "object" && !isSecure(container);
  // At the first level a text gives way; deeper it was meant.
  if (!isContainer && container !== undefined && container !== null && done.length > 1)
    throw errors.configPath(`${here}: expected ${typeof head === "number" ? "an array" : "a map"}`);
  const from = isContainer ? container : typeof head === "number" ? [] : {};
  const next = [...done, head];
  if (Array.isArray(from)) {
    if (typeof head !== "number") throw errors.configPath(`${formatPath(next)}: key for an array must be an int`);
    if (head > from.length) throw errors.configPath(`${formatPath(next)}: array index out of range`);
    const copy = [...from];
    copy[head] = withValueAt(from[head], rest, value, next);
    return copy;
  }
  if (typeof head !== "string") throw errors.configPath(`${formatPath(next)}: key for a map must be a string`);
  const before = (from as Record<string, unknown>)[head];
  return refusingSecure({ ...from, [head]: withValueAt(before, rest, value, next) }, value);
}

/** A copy without what is at the path; a path to nothing is no error. */
export function withoutValueAt(container: unknown, path: Path): unknown {
  const [head, ...rest] = path;
  if (container === null || typeof container !== "object" || isSecure(container) || head === undefined)
    return container;
  if (valueAt(container, [head]) === undefined) return container;
  if (Array.isArray(container)) {
    const copy = [...container];
    if (rest.length > 0) copy[Number(head)] = withoutValueAt(copy[Number(head)], rest);
    else copy.splice(Number(head), 1);
    return copy;
  }
  const copy: Record<string, unknown> = { ...container };
  if (rest.length > 0) copy[head] = withoutValueAt(copy[head], rest);
  else delete copy[head];
  return refusingSecure(copy, undefined);
}

/** A plain `{ secure: TEXT }` would be read as a secret. */
function refusingSecure(object: object, just: unknown): object {
  if (isSecure(object) && !isSecure(just)) throw errors.configPath('"secure" key in maps of length 1 are reserved');
  return object;
}

function formatPath(path: Path): string {
  return path.map((part, at) => (typeof part === "number" ? `[${part}]` : at === 0 ? part : `.${part}`)).join("");
}
