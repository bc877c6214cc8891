/** What every IAM operation asks of its input, refused in the texts of the service's model. */
import { errors } from "./errors.ts";

/** The service models' texts for members that are missing or malformed. */
export function required(input: Record<string, unknown>, ...names: string[]): void {
  const missing = names.filter((name) => input[name] === undefined);
  if (missing.length === 0) return;
  const said = missing.map(
    (name) => `Value null at '${lower(name)}' failed to satisfy constraint: Member must not be null`,
  );
  throw errors.invalid(
    `${missing.length} validation error${missing.length > 1 ? "s" : ""} detected: ${said.join("; ")}`,
  );
}

/** Of a role or a policy. `member` is the model's word for it. */
export function checkName(member: string, value: string, maxLength: number): void {
  const broken = !/^[\w+=,.@-]+$/.test(value)
    ? "Member must satisfy regular expression pattern: [\\w+=,.@-]+"
    : value.length > maxLength
      ? `Member must have length less than or equal to ${maxLength}`
      : undefined;
  if (broken)
    throw errors.invalid(`1 validation error detected: Value at '${member}' failed to satisfy constraint: ${broken}`);
}

/** `member` is the model's word for it. */
export function checkEnum(member: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw errors.invalid(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(", ")}]`,
  );
}

/** An empty list comes as an empty string. */
export const listInput = (value: unknown): string[] =>
  value === undefined || value === "" ? [] : ([value].flat() as string[]);

/** The path as it is kept; `/` when none is given. */
export function checkedPath(path: string | undefined): string {
  if (path === undefined) return "/";
  if (path.length > 512 || !/^\/$|^\/[\x21-\x7e]+\/$/.test(path))
    throw errors.invalid(
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
  return path;
}

const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
