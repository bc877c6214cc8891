/** The policy that the documentation prints is the table that setup simulates. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { neededRights, ownerPolicy } from "../../stacks/deploy/needed-rights.ts";
import { root } from "../support/home.ts";

const file = `${root}/docs/using/aws-policy.json`;
const anywhere = { name: "*", accountId: "*", region: "*" };

// Whoever gives what the page says must not meet a right that is missing. FREEHOLD_GOLDEN=write writes the file anew.
it("is in the documentation as it is", () => {
  const text = `${JSON.stringify({ Version: "2012-10-17", Statement: ownerPolicy(anywhere) }, null, 2)}\n`;
  if (process.env["FREEHOLD_GOLDEN"] === "write") writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
});

// A policy that IAM does not take is no policy; what allows everything is not one that anybody should give.
it("is one managed policy of IAM's, and reaches what Freehold makes", () => {
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: ownerPolicy(anywhere) });
  expect(policy.length).toBeLessThan(6144);
  for (const { resource, actions } of neededRights(anywhere))
    if (resource === "*") expect(actions.filter((action) => !/:(List|Describe|Get)/.test(action))).toEqual([]);
    else expect(resource).toMatch(/\*--(\*|foundation--)|freehold/);
});
