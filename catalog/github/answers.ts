/** What of GitHub's answers is read, as schemas: whatever else stands there is not looked at. */
import { z } from "zod";
import { faults } from "./faults.ts";

const sha = z.string().regex(/^[0-9a-f]{40}$/);

export const repositoryAnswer = z.object({
  id: z.int().positive(),
  full_name: z.string().regex(/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/),
  default_branch: z.string().min(1),
});

export const shaAnswer = sha;

export const treeAnswer = z.object({
  truncated: z.boolean(),
  tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.enum(["blob", "tree", "commit"]), sha })),
});

export const comparisonAnswer = z.object({ status: z.enum(["ahead", "behind", "diverged", "identical"]) });

export const tagsAnswer = z.array(z.object({ name: z.string().max(1000), commit: z.object({ sha }) }));

export const headsAnswer = z.array(z.object({ name: z.string() }));

/** Throws `github-answer-odd`. */
export function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw faults.notAsExpected(`${what} is not what GitHub's API answers`, checked.error);
}
