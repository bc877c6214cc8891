/** What the model does not say of an input: how lists come, and what a path is. */
import { errors } from "./errors.ts";

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
