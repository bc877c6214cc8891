/** What is asked of an account itself: each answer of AWS is told as what it is, and none of them is an error. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  concurrencyOf,
  openRequest,
  organizationDenials,
  organizationOf,
  planOf,
  regionStatus,
  requestConcurrency,
} from "../../stacks/deploy/account.ts";
import { asFault } from "../../stacks/deploy/faults.ts";
import { type AccountServices, scpWords, startAccountServices } from "../support/account-services.ts";

let services: AccountServices;
beforeAll(async () => {
  services = await startAccountServices();
});
beforeEach(() => services.reset());
afterAll(() => services?.close());

const cloud = () => ({
  region: "eu-south-1",
  endpoint: services.endpoint,
  environment: { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "s" },
});

// H1, H2, H9 and whoever is in a company: what differs between accounts is what is asked.
describe("of an account", () => {
  it("is told in which organization it is, or that it is in none", async () => {
    expect(await organizationOf(cloud())).toEqual({ known: undefined });
    services.state.organization = { Id: "o-exampleorgid", MasterAccountId: "111122223333" };
    expect(await organizationOf(cloud())).toEqual({ known: { id: "o-exampleorgid", managedBy: "111122223333" } });
  });

  it("is told which plan it is on, when that ends, and what is left of it", async () => {
    expect(await planOf(cloud())).toEqual({ known: undefined });
    const ends = new Date("2027-03-01T00:00:00.000Z");
    const credits = { amount: 120.5, unit: "USD" };
    const plan = { accountId: "111122223333", accountPlanType: "FREE", accountPlanRemainingCredits: credits };
    // The protocol sends seconds; the API's reference has a text.
    for (const accountPlanExpirationDate of [ends.getTime() / 1000, ends.toISOString()]) {
      services.state.plan = { ...plan, accountPlanStatus: "ACTIVE", accountPlanExpirationDate };
      expect(await planOf(cloud())).toEqual({
        known: { type: "FREE", ended: false, endsAt: ends.toISOString(), creditsLeft: 120.5 },
      });
    }
    services.state.plan = { accountPlanType: "FREE", accountPlanStatus: "EXPIRED" };
    expect(await planOf(cloud())).toEqual({ known: { type: "FREE", ended: true } });
  });

  it("is told whether its region is switched on, and how many functions may run there", async () => {
    services.state.region = "ENABLING";
    services.state.concurrency = 10;
    expect(await regionStatus(cloud())).toEqual({ known: "ENABLING" });
    expect(await concurrencyOf(cloud())).toEqual({ known: 10 });
  });

  it("what may not be asked is not known, by the name of the right; so is what is not there or says nothing", async () => {
    const denied = ["AccessDeniedException", "not authorized"] as const;
    const operations = ["DescribeOrganization", "GetAccountPlanState", "getRegionOptStatus"];
    services.state.refused = Object.fromEntries(operations.map((operation) => [operation, denied]));
    expect(await Promise.all([organizationOf, planOf, regionStatus].map((ask) => ask(cloud())))).toEqual([
      { unknown: "organizations:DescribeOrganization is not allowed" },
      { unknown: "freetier:GetAccountPlanState is not allowed" },
      { unknown: "account:GetRegionOptStatus is not allowed" },
    ]);
    services.state.plan = {};
    services.state.refused = {};
    expect(await planOf(cloud())).toEqual({ unknown: "AWS did not say (TypeError)" });
    const nowhere = { ...cloud(), endpoint: "http://127.0.0.1:1" };
    expect(await planOf(nowhere)).toEqual({ unknown: expect.stringMatching(/^AWS did not say/) });
    expect(await organizationOf(nowhere)).toEqual({ unknown: expect.stringMatching(/^AWS did not say/) });
  });
});

// AWS takes one request at a time, and a person answers some of them.
describe("more functions at once", () => {
  it("are asked for once; what somebody asked for before is told instead", async () => {
    expect(await openRequest(cloud())).toEqual({ known: undefined });
    const asked = { id: "request-0", status: "PENDING", desired: 1000, at: new Date(1_790_000_000_000).toISOString() };
    expect(await requestConcurrency(cloud())).toEqual({ request: asked, before: false });
    expect(await openRequest(cloud())).toEqual({ known: asked });
    expect(await requestConcurrency(cloud())).toEqual({ request: asked, before: true });
    expect(services.state.requests).toHaveLength(1);
  });

  it("one that was answered is over; one that cannot be seen is met", async () => {
    services.state.requests = [{ Id: "a", Status: "DENIED", DesiredValue: 1000, Created: 1 }];
    expect(await openRequest(cloud())).toEqual({ known: undefined });
    services.state.requests = [{ Id: "b", Status: "CASE_OPENED", DesiredValue: 500, Created: 1 }];
    const list = "ListRequestedServiceQuotaChangeHistoryByQuota";
    services.state.refused = { [list]: ["AccessDeniedException", "no"] };
    expect(await requestConcurrency(cloud())).toMatchObject({ before: true, request: { status: "PENDING" } });
    expect(services.state.requests).toHaveLength(1);
  });

  it("that AWS refuses is a fault with whose move it is", async () => {
    services.state.refused = { RequestServiceQuotaIncrease: ["AccessDeniedException", scpWords("servicequotas:X")] };
    await expect(requestConcurrency(cloud())).rejects.toMatchObject({ code: "organization-denies", exitCode: 6 });
  });
});

it("nothing is taken for a policy of the organization that is none", async () => {
  // Everything is answered with 404 here.
  expect(await organizationDenials(cloud())).toEqual([]);
});

// H2: no call tells it before; who meets it has to know that it is not theirs to put right.
it("an account that is not verified for CloudFront is told as that, and not as a missing right", () => {
  const message =
    "Your account must be verified before you can add new CloudFront resources. To verify your account, please contact AWS Support (https://console.aws.amazon.com/support/home#/) and include this error message.";
  const fault = asFault(Object.assign(new Error(message), { name: "AccessDenied" }), undefined);
  expect(fault).toMatchObject({ code: "cloudfront-unverified", exitCode: 6 });
  expect(fault.next).toContain("https://console.aws.amazon.com/support/home");
  expect(fault.detail).not.toContain("A policy that would");
});
