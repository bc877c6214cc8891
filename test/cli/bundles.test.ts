/** What few operations ask lies beside the bundles, once for all of them, and is there when it is asked for. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { seldomClients, seldomFile } from "../../cli/bundling.ts";
import { root } from "../support/home.ts";

const bundles = join(root, "dist/bundles");
/** Of Route 53's, Organizations', ACM's and CloudFront's clients: what each puts into every request. */
const marks = ["/2013-04-01/hostedzone", "AWSOrganizationsV20161128", "CertificateManager", "/2020-05-31/distribution"];
const textOf = (name: string): string => readFileSync(join(bundles, `${name}.cjs`), "latin1");

// Each bundle is read whole at every start: 10 ms of it were clients that hardly any operation uses (2026-11-27).
it.each(["worker", "pulumi", "pulumi-resource-aws"])("%s reads no client that it seldom needs", (name) => {
  const text = textOf(name);
  expect(marks.filter((mark) => text.includes(mark))).toEqual([]);
  expect(text).toContain(seldomFile);
  expect(marks.filter((mark) => !textOf(seldomFile).includes(mark))).toEqual([]);
});

it.each(seldomClients)("%s is had from the file beside them", (name) => {
  const clients = createRequire(import.meta.url)(join(bundles, `${seldomFile}.cjs`))[name];
  expect(Object.keys(clients).filter((one) => /Client$/.test(one))).not.toEqual([]);
});
