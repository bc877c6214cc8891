/** What is found of an AWS account is judged: what ends soon is said before it ends, and each with what to do. */
import { describe, expect, it } from "vitest";
import {
  cloudFrontFound,
  lastingFound,
  organizationFound,
  planFound,
  regionFound,
  requestWords,
} from "../../cli/doctor/account.ts";

const now = Date.parse("2026-11-27T00:00:00Z");
const free = { type: "FREE" as const, ended: false };

// H9: six months are over for somebody who does not think of it, and the account with all that is in it goes.
describe("the plan", () => {
  it("that is paid, or that nobody has, ends by nothing", () => {
    expect(planFound({ known: undefined }, now).state).toBe("ok");
    expect(planFound({ known: { type: "PAID", ended: false } }, now).state).toBe("ok");
  });

  it("that is free is said with its last day; from a month before it, with what then happens and what to do", () => {
    const early = planFound({ known: { ...free, endsAt: "2027-03-01T00:00:00Z", creditsLeft: 100 } }, now);
    expect(early).toMatchObject({ state: "ok", detail: expect.stringMatching(/until 2027-03-01.*\$100\.00/) });
    const next = "aws freetier upgrade-account-plan --account-plan-type PAID";
    const soon = planFound({ known: { ...free, endsAt: "2026-12-20T00:00:00Z", creditsLeft: 100 } }, now);
    expect(soon).toMatchObject({ state: "warn", detail: expect.stringMatching(/closes the account/), next });
    // It ends with its credits, too.
    const poor = planFound({ known: { ...free, endsAt: "2027-03-01T00:00:00Z", creditsLeft: 1.5 } }, now);
    expect(poor).toMatchObject({ state: "warn", next });
    for (const over of [{ endsAt: "2026-11-26T00:00:00Z" }, { ended: true }])
      expect(planFound({ known: { ...free, ...over } }, now)).toMatchObject({ state: "fail", next });
  });

  it("that cannot be asked is no fault of anybody's", () => {
    expect(planFound({ unknown: "freetier:GetAccountPlanState is not allowed" }, now)).toEqual({
      state: "skipped",
      detail: "Could not check: freetier:GetAccountPlanState is not allowed.",
    });
  });
});

it("a region that is off, or on its way out, fails; one that is on its way in warns", () => {
  const of = (known: string) => regionFound({ region: "ap-east-1" }, { known });
  expect(of("ENABLED_BY_DEFAULT").state).toBe("ok");
  expect(of("ENABLED").state).toBe("ok");
  expect(of("ENABLING")).toMatchObject({ state: "warn", next: expect.stringContaining("ap-east-1") });
  for (const off of ["DISABLED", "DISABLING"])
    expect(of(off)).toMatchObject({ state: "fail", next: expect.stringContaining("ap-east-1") });
});

it("an organization is told with who pays, and is no fault where it may not be asked", () => {
  expect(organizationFound({ known: { id: "o-1", managedBy: "111122223333" } }).detail).toBe(
    "In o-1, which 111122223333 manages and pays for.",
  );
  expect(organizationFound({ unknown: "organizations:DescribeOrganization is not allowed" }).state).toBe("skipped");
});

// H2: nobody can ask AWS whether it has verified an account; where to ask for it is said before somebody waits for it.
it("CloudFront is open to an account that has something there, and else not known, with where to ask", () => {
  expect(cloudFrontFound({ known: true }, "Open a case").state).toBe("ok");
  expect(cloudFrontFound({ known: false }, "Open a case")).toMatchObject({
    state: "skipped",
    detail: expect.stringMatching(/at the first distribution/),
    next: "Open a case",
  });
  expect(cloudFrontFound({ unknown: "cloudfront:ListDistributions is not allowed" }, "Open a case")).toEqual({
    state: "skipped",
    detail: "Could not check: cloudfront:ListDistributions is not allowed.",
  });
});

it("keys that nothing ends are named as such, but not where there are no others", () => {
  const way = { kind: "profile" as const, profile: "p", flag: "--profile p", says: "Long-lived keys in a file." };
  expect(lastingFound(way, {})).toBeUndefined();
  const found = lastingFound({ ...way, longLived: true }, {});
  expect(found).toMatchObject({ state: "warn", next: "aws login --profile freehold" });
  expect(found?.detail).toContain("Long-lived keys in a file.");
  expect(lastingFound({ ...way, longLived: true }, { endpoint: "http://127.0.0.1:4566" })).toBeUndefined();
});

it("a request that AWS has not answered is told with its day and its name", () => {
  const request = { id: "abc", status: "CASE_OPENED", desired: 1000, at: "2026-11-20T10:00:00.000Z" };
  expect(requestWords(request)).toBe(
    "AWS was asked for 1000 on 2026-11-20 and has not answered yet (CASE_OPENED, abc).",
  );
});
