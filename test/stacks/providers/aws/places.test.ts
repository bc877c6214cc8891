/** Where calls go: services that AWS has once for the world are asked at their one place, from whatever region. */
import { expect, it } from "vitest";
import { type ServiceName, settingsOf } from "../../../../stacks/providers/aws/config.ts";
import { Session } from "../../../../stacks/providers/aws/session.ts";
import { contextOf } from "./driver.ts";

const environment = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_REGION: "eu-central-1" };

interface Resolving {
  config: {
    region(): Promise<string>;
    endpointProvider(of: { Region: string }): {
      url: URL;
      properties: { authSchemes?: { signingRegion?: string }[] };
    };
  };
}

async function placeOf(service: ServiceName, region?: string): Promise<[host: string, signedFor: string]> {
  const session = await Session.open(settingsOf({}, environment), contextOf());
  const { config } = (await session.client(service, contextOf(), "x", region)) as unknown as Resolving;
  const asked = await config.region();
  const { url, properties } = config.endpointProvider({ Region: asked });
  await session.close();
  return [url.host, properties.authSchemes?.[0]?.signingRegion ?? asked];
}

// A signature for another region is refused by AWS, and by no emulator.
it.each([
  ["route53", undefined, "route53.amazonaws.com", "us-east-1"],
  ["acm", undefined, "acm.eu-central-1.amazonaws.com", "eu-central-1"],
  ["acm", "us-east-1", "acm.us-east-1.amazonaws.com", "us-east-1"],
  ["budgets", undefined, "budgets.amazonaws.com", "us-east-1"],
  ["cloudfront", undefined, "cloudfront.amazonaws.com", "us-east-1"],
  ["organizations", undefined, "organizations.us-east-1.amazonaws.com", "us-east-1"],
  ["apigatewayv2", undefined, "apigateway.eu-central-1.amazonaws.com", "eu-central-1"],
] as const)("%s (%s) is at %s, signed for %s", async (service, region, host, signedFor) => {
  expect(await placeOf(service, region)).toEqual([host, signedFor]);
});

// Whoever tries it against another AWS says where that is, by the names pulumi-aws has.
it("every service can be elsewhere", () => {
  const names = ["acm", "apigatewayv2", "budgets", "cloudfront", "organizations", "route53"];
  const endpoints = JSON.stringify([Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:1/${name}`]))]);
  const said = settingsOf({ endpoints }, {}).endpoints;
  const asked = settingsOf({}, { AWS_ENDPOINT_URL_ROUTE_53: "http://127.0.0.1:1/route53" }).endpoints;
  for (const name of names) expect(said[name]).toBe(`http://127.0.0.1:1/${name}`);
  expect(asked["route53"]).toBe("http://127.0.0.1:1/route53");
});
