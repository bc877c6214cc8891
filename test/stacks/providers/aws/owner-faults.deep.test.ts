/** CloudFront and Organizations on their bad days, on a clock of the test's own. AWS is moto behind a proxy. */
import { Organizations } from "@aws-sdk/client-organizations";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { type Fault, startFaultProxy } from "../../../support/fault-proxy.ts";
import { type Moto, startMoto } from "../../../support/moto.ts";
import { missing, motoServer } from "../../../support/tools.ts";
import { fresh } from "./cases.ts";
import { domainCases } from "./domain-cases.ts";
import { contextOf, Driver, type Told } from "./driver.ts";

vi.mock("../../../../stacks/providers/kit/clock.ts", async (original) => ({
  ...(await original<typeof import("../../../../stacks/providers/kit/clock.ts")>()),
  pause: async (_: number, signal: AbortSignal) => signal.throwIfAborted(),
}));

const xml = (code: string, status = 400): Fault => ({ kind: "answer", status, code, message: "No.", form: "xml" });
const json = (code: string): Fault => ({ kind: "answer", status: 400, code, message: "No.", form: "json" });
const account = "aws:organizations/account:Account";
const status = /DescribeCreateAccountStatus/;

describe.skipIf(missing(motoServer(), "moto_server"))("what takes minutes", () => {
  let moto: Moto;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let provider: Provider;
  beforeAll(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    const client = new Organizations({ endpoint: moto.endpoint, region: "us-east-1", credentials });
    await client.createOrganization({ FeatureSet: "ALL" });
    client.destroy();
    proxy = await startFaultProxy(moto.endpoint);
    provider = createAwsProvider({ environment: { ...moto.env, AWS_ENDPOINT_URL: proxy.endpoint } });
    await provider.configure({});
  });
  beforeEach(() => proxy.plan([]));
  afterAll(async () => {
    await provider?.close();
    await proxy?.close();
    await moto?.close();
  });

  const made = async (type: string, inputs: PropertyMap, told?: Told): Promise<Driver> =>
    await new Driver(provider, type, fresh("x"), contextOf(told)).create(inputs);
  const distribution = async (): Promise<{ type: string; create: PropertyMap }> =>
    await domainCases["distribution"]!({ provider, made: [] });

  // Deleted while it answers, CloudFront refuses; while it is being switched off, too.
  it("a distribution is switched off, waited for and deleted, whoever else changes it", async () => {
    const { type, create } = await distribution();
    const driver = await made(type, create);
    const late: Fault = { kind: "edit", edit: (body) => body.replace("<Status>Deployed", "<Status>InProgress") };
    proxy.plan([
      { on: /PUT .*\/config/, fault: xml("PreconditionFailed", 412), times: 2 },
      { on: /GET .*\/distribution\/\w+$/, fault: late, times: 5 },
      { on: /DELETE .*\/distribution\//, fault: xml("DistributionNotDisabled", 409), times: 2 },
    ]);
    await driver.delete();
    expect(proxy.count(/PUT .*\/config/)).toBe(3);
    expect(proxy.count(/DELETE .*\/distribution\//)).toBe(3);
    expect(await driver.refresh()).toBe(false);
  });

  it("a name that another distribution has is refused by name", async () => {
    const { type, create } = await distribution();
    proxy.plan([{ on: /POST .*\/distribution/, fault: xml("CNAMEAlreadyExists", 409), times: 1 }]);
    const taking = made(type, { ...create, aliases: ["taken.example"] });
    await expect(taking).rejects.toThrow(/a distribution for taken\.example exists already and is not part of this/);
  });

  const inputs = (): PropertyMap => ({ name: fresh("a"), email: `${fresh("a")}@family.example` });
  const edited = (State: string, FailureReason?: string): Fault => ({
    kind: "edit",
    edit: (body) => {
      const said = JSON.parse(body) as { CreateAccountStatus: object };
      Object.assign(said.CreateAccountStatus, { State, FailureReason });
      return JSON.stringify(said);
    },
  });

  it("an account is waited for, and one change at a time is asked for", async () => {
    proxy.plan([
      { on: /\.CreateAccount$/, fault: json("ConcurrentModificationException"), times: 3 },
      { on: status, fault: edited("IN_PROGRESS"), times: 4 },
    ]);
    const told: Told = { statuses: [] };
    const driver = await made(account, inputs(), told);
    expect(driver.id).toMatch(/^\d{12}$/);
    expect(proxy.count(status)).toBe(5);
    expect(told.statuses.join("\n")).toContain("waiting for AWS to make account a-");
  });

  it("an account that AWS does not make is told by its reason", async () => {
    proxy.plan([{ on: status, fault: edited("FAILED", "EMAIL_ALREADY_EXISTS"), times: 1 }]);
    await expect(made(account, inputs())).rejects.toThrow(/EMAIL_ALREADY_EXISTS: an AWS account has this address/);
  });

  it.each([
    [false, /RemoveAccountFromOrganization/, /was not let go.*closeOnDeletion closes it instead/],
    [true, /CloseAccount/, /was not closed.*some of an organization's accounts in 30 days/],
  ])("an account that cannot go (close: %s) says what to do", async (closeOnDeletion, on, why) => {
    const driver = await made(account, { ...inputs(), closeOnDeletion });
    proxy.plan([{ on, fault: json("ConstraintViolationException"), times: 1 }]);
    await expect(driver.delete()).rejects.toThrow(why);
    expect(await driver.refresh()).toBe(true);
  });
});
