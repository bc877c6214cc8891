/** What a program meets that asks the local cloud for a service that is AWS's alone. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { startFaultProxy } from "../../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { Driver } from "./driver.ts";

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let provider: Provider;
beforeAll(async () => {
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
  provider = createAwsProvider({ environment: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
  await provider.configure({});
});
afterAll(async () => {
  await provider?.close();
  await proxy?.close();
  await cloud?.close();
});

const asked: [service: string, type: string, inputs: PropertyMap][] = [
  ["route53", "aws:route53/zone:Zone", { name: "a.example" }],
  ["acm", "aws:acm/certificate:Certificate", { domainName: "a.example", validationMethod: "DNS" }],
  ["apigateway", "aws:apigatewayv2/api:Api", { protocolType: "HTTP" }],
  ["organizations", "aws:organizations/account:Account", { name: "a", email: "a@b.example" }],
  [
    "cloudfront",
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    { originAccessControlOriginType: "lambda", signingBehavior: "always", signingProtocol: "sigv4" },
  ],
  [
    "budgets",
    "aws:budgets/budget:Budget",
    { budgetType: "COST", timeUnit: "MONTHLY", limitAmount: "1", limitUnit: "USD", accountId: "123456789012" },
  ],
];

// It must be said at once, by name: waiting for a service that is not there helps nobody.
it.each(asked)("%s is said not to be there", async (service, type, inputs) => {
  proxy.plan([]);
  const making = new Driver(provider, type, "a").create(inputs);
  const said = new RegExp(`The local cloud has no service named ${service}\\. What needs it works in a cloud in AWS`);
  await expect(making).rejects.toThrow(said);
  expect(proxy.seen).toHaveLength(1);
});
