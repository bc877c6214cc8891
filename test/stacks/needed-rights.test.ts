/** The policies that the documentation prints are the tables that setup simulates, and what providers call is in them. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { domainPolicy, domainRights, neededRights, ownerPolicy } from "../../stacks/deploy/needed-rights.ts";
import { root } from "../support/home.ts";

const anywhere = { name: "*", accountId: "*", region: "*" };
const policies = {
  "aws-policy.json": ownerPolicy(anywhere),
  "aws-domain-policy.json": domainPolicy(anywhere),
};

// Whoever gives what the page says must not meet a right that is missing. FREEHOLD_GOLDEN=write writes the file anew.
it.each(Object.entries(policies))("%s is in the documentation as it is", (name, Statement) => {
  const file = `${root}/docs/using/${name}`;
  const text = `${JSON.stringify({ Version: "2012-10-17", Statement }, null, 2)}\n`;
  if (process.env["FREEHOLD_GOLDEN"] === "write") writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
});

// A policy that IAM does not take is no policy; what allows everything is not one that anybody should give.
it("each is one managed policy of IAM's, and the owner's reaches what Freehold makes", () => {
  for (const Statement of Object.values(policies))
    expect(JSON.stringify({ Version: "2012-10-17", Statement }).length).toBeLessThan(6144);
  for (const { resource, actions } of neededRights(anywhere))
    if (resource === "*") expect(actions.filter((action) => !/:(List|Describe|Get)/.test(action))).toEqual([]);
    else expect(resource).toMatch(/\*--(\*|foundation--)|freehold/);
});

const called = /\.((?:create|get|list|update|delete|tag|untag|describe|request|change|add|remove)[A-Z][A-Za-z0-9]*)\(/g;

/** Calls of AWS that the files of a folder make, as IAM names them. */
function actionsOf(service: string, folder: string, only: (file: string) => boolean = () => true): string[] {
  const dir = join(root, "stacks/providers/aws", folder);
  const files = readdirSync(dir).filter((file) => file.endsWith(".ts") && only(file));
  const calls = files.flatMap((file) =>
    [...readFileSync(join(dir, file), "utf8").matchAll(called)].map(([, call]) => call!),
  );
  expect(calls.length).toBeGreaterThan(2);
  return calls.map((call) => `${service}:${call.charAt(0).toUpperCase()}${call.slice(1).replace(/WithTags$/, "")}`);
}

// A call that a name of one's own makes and the policy does not have is met in the middle, by whoever was given the policy.
it("names of the owner's own: every call of their types is in the domains' policy", () => {
  const given = domainRights(anywhere).flatMap(({ actions }) => actions);
  const made = [
    ...actionsOf("acm", "acm"),
    ...actionsOf("cloudfront", "cloudfront", (file) => file.startsWith("distribution")),
    // Zones are looked up, and never made.
    ...actionsOf("route53", "route53", (file) => file === "record.ts" || file === "calls.ts"),
  ];
  expect(made.filter((action) => !given.includes(action))).toEqual([]);
  // Of API Gateway rights are HTTP's methods, on addresses of APIs and names.
  for (const path of ["apis", "apis/*", "domainnames", "domainnames/*"])
    expect(domainRights(anywhere).find(({ resource }) => resource.endsWith(`::/${path}`))?.actions).toContain(
      "apigateway:POST",
    );
});
