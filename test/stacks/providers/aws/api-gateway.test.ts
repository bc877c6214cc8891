/**
 * What moto has not: changes of stages, domain names and mappings, and a domain name that takes its time. A small API
 * Gateway of the test's own keeps what it is told, and shows a new domain name late.
 */
import { createServer, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { listen } from "../../../support/listen.ts";
import { contextOf, Driver } from "./driver.ts";

type Thing = Record<string, unknown>;
const things = new Map<string, Thing>();
/** Answers that are cut off, of those to what is made. */
let cutOff = 0;
/** Looks that a change of a domain name stays under way for. */
let slow = 0;

async function bodyOf(request: IncomingMessage): Promise<Thing> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : (JSON.parse(text) as Thing);
}

const ids: Record<string, string> = {
  ...{ stages: "stageName", domainnames: "domainName", apimappings: "apiMappingId", integrations: "integrationId" },
};

function shown(thing: Thing): Thing {
  const [first] = (thing["domainNameConfigurations"] as Thing[] | undefined) ?? [];
  if (!first) return thing;
  const status = slow > 0 ? "UPDATING" : "AVAILABLE";
  slow = Math.max(0, slow - 1);
  const target = { apiGatewayDomainName: "d-1.execute-api.example", hostedZoneId: "Z1", domainNameStatus: status };
  return { ...thing, domainNameConfigurations: [{ ...first, ...target }] };
}

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  const path = decodeURIComponent(request.url!.replace(/\?.*/, ""));
  const [, , kind = "", , inner = ""] = path.split("/");
  const answer = (status: number, said?: Thing): void => {
    const error = status === 404 ? { "x-amzn-errortype": "NotFoundException" } : {};
    response.writeHead(status, { "content-type": "application/json", ...error });
    response.end(said && JSON.stringify(said));
  };
  if (request.method === "POST") {
    const name = ids[inner || kind]!;
    const thing = { [name]: "m1", ...body };
    things.set(`${path}/${thing[name]}`, thing);
    if (cutOff-- > 0) return void response.writeHead(201, { "content-type": "application/json" }).end('{"integra');
    return answer(201, shown(thing));
  }
  const thing = things.get(path);
  if (!thing) return answer(404, { message: "Invalid identifier" });
  if (request.method === "PATCH") {
    // What is empty goes, and what is left out stays, as in AWS.
    const { stageVariables, ...rest } = body;
    Object.assign(thing, rest);
    if (stageVariables) {
      const all = { ...(thing["stageVariables"] as Thing), ...(stageVariables as Thing) };
      thing["stageVariables"] = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
    }
    if (rest["domainNameConfigurations"]) slow = 3;
  }
  if (request.method === "DELETE") things.delete(path);
  answer(request.method === "DELETE" ? 204 : 200, request.method === "DELETE" ? undefined : shown(thing));
});

let provider: Provider;
beforeAll(async () => {
  const credentials = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_REGION: "eu-west-1" };
  // Whoever asks for the account gets it from the same server.
  things.set("/v2/apis/a1", { apiId: "a1", apiEndpoint: "https://a1.example", protocolType: "HTTP" });
  provider = createAwsProvider({ environment: credentials });
  const endpoint = await listen(server);
  const sts = await listen(accounts);
  await provider.configure({ endpoints: JSON.stringify([{ apigatewayv2: endpoint, sts }]) });
});
const accounts = createServer((_, response) => {
  const who = "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/t</Arn><UserId>t</UserId>";
  response.end(
    `<GetCallerIdentityResponse><GetCallerIdentityResult>${who}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
  );
});
afterAll(async () => {
  await provider?.close();
  for (const one of [server, accounts]) {
    one.closeAllConnections();
    one.close();
  }
});

const settled = async (driver: Driver, inputs: Driver["inputs"]): Promise<void> => {
  await driver.update(inputs);
  expect(await driver.refresh()).toBe(true);
  expect(Object.keys((await driver.diff(inputs)).detailedDiff ?? {})).toEqual([]);
};

// A variable that the program takes away must go in AWS, which keeps what a change leaves out.
it("a stage is changed in place", async () => {
  const base = { apiId: "a1", name: "live", autoDeploy: true };
  const driver = await new Driver(provider, "aws:apigatewayv2/stage:Stage", "s").create({
    ...base,
    stageVariables: { one: "1", two: "2" },
  });
  expect(driver.outputs).toMatchObject({
    arn: "arn:aws:apigateway:eu-west-1::/apis/a1/stages/live",
    executionArn: "arn:aws:execute-api:eu-west-1:123456789012:a1/live",
    invokeUrl: "https://a1.example/live",
  });
  await settled(driver, { ...base, stageVariables: { two: "3" } });
  expect(things.get("/v2/apis/a1/stages/live")?.["stageVariables"]).toEqual({ two: "3" });
  await settled(driver, { ...base, description: "mine", defaultRouteSettings: { throttlingRateLimit: 5 } });
});

it("a mapping is moved to another stage", async () => {
  const base = { apiId: "a1", domainName: "m.example" };
  const driver = await new Driver(provider, "aws:apigatewayv2/apiMapping:ApiMapping", "m").create({
    ...base,
    stage: "live",
  });
  await settled(driver, { ...base, stage: "next" });
});

// A3: nothing finds one again, and nobody is harmed by a second one.
it("an integration is asked for again when the answer is cut off", async () => {
  cutOff = 1;
  const inputs = { apiId: "a1", integrationType: "HTTP_PROXY", integrationUri: "https://elsewhere.example" };
  const made = await new Driver(provider, "aws:apigatewayv2/integration:Integration", "i").create(inputs);
  expect([made.id, await made.refresh()]).toEqual(["m1", true]);
});

const configuration = (certificateArn: string) => ({
  certificateArn,
  endpointType: "REGIONAL",
  securityPolicy: "TLS_1_2",
});

// Who takes the address before it is available meets an error of TLS.
it("a domain name is waited for, says where to point, and says it again in a preview", async () => {
  slow = 3;
  const told = { statuses: [] as string[] };
  const type = "aws:apigatewayv2/domainName:DomainName";
  const inputs = { domainName: "d.example", domainNameConfiguration: configuration("arn:one") };
  const driver = await new Driver(provider, type, "d", contextOf(told)).create(inputs);
  expect(told.statuses.join("\n")).toContain("waiting for domain d.example to be available (UPDATING)");
  const pointed = { targetDomainName: "d-1.execute-api.example", hostedZoneId: "Z1" };
  expect(driver.outputs["domainNameConfiguration"]).toMatchObject(pointed);
  expect(await driver.refresh()).toBe(true);
  expect((await driver.diff(inputs)).changes).toBe("none");

  const { id, inputs: oldInputs, outputs: oldOutputs } = driver;
  const newInputs = await driver.check({ ...inputs, tags: { a: "b" } });
  const request = { ...driver.identity, id, oldInputs, oldOutputs, newInputs, ignoreChanges: [], preview: true };
  const preview = await provider.update(request, driver.context);
  expect(preview.outputs["domainNameConfiguration"]).toMatchObject(pointed);

  await settled(driver, { ...inputs, domainNameConfiguration: configuration("arn:two") });
  await driver.delete();
  expect(await driver.refresh()).toBe(false);
});
