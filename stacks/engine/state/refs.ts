/** Names of stacks: `dev`, `organization/dev`, `organization/PROJECT/dev`. */
import { errors } from "./errors.ts";
import type { StackRef } from "./resource.ts";

const name = /^[A-Za-z0-9_.-]{1,100}$/;

/** `project` is the current one, used when the text names none. */
export function parseRef(text: string, project: string): StackRef {
  const parts = text.split("/");
  if (parts.length > 3 || parts.some((part) => !name.test(part) || part === "." || part === ".."))
    throw errors.badName(text);
  const stack = parts.at(-1) ?? "";
  return {
    organization: parts.length > 1 ? (parts[0] ?? "") : "organization",
    project: parts.length === 3 ? (parts[1] ?? "") : project,
    stack,
  };
}

export function formatRef({ organization, project, stack }: StackRef): string {
  return `${organization}/${project}/${stack}`;
}
