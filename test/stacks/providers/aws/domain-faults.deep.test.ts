/**
 * Route 53 and ACM on their bad days, on a clock of the test's own: late, throttled, answers lost, and what is there
 * already and is somebody else's. AWS is moto behind a proxy.
 */
import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { PartialFailure, type Provider } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { clientConfig } from "../../../support/aws.ts";
import { type Fault, startFaultProxy } from "../../../support/fault-proxy.ts";
import { type Moto, startMoto } from "../../../support/moto.ts";
import { missing, motoServer } from "../../../support/tools.ts";
import { fresh } from "./cases.ts";
import { domainCases } from "./domain-cases.ts";
import { contextOf, Driver, type Told } from "./driver.ts";

const clock = vi.hoisted(() => ({ ms: 0 }));
vi.mock("../../../../stacks/providers/kit/clock.ts", async (original) => ({
  ...(await original<typeof import("../../../../stacks/providers/kit/clock.ts")>()),
  pause: async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    clock.ms += ms;
  },
}));

const apiType = "aws:apigatewayv2/api:Api";
const zoneType = "aws:route53/zone:Zone";
const recordType = "aws:route53/record:Record";
const certificateType = "aws:acm/certificate:Certificate";
const validationType = "aws:acm/certificateValidation:CertificateValidation";
const ours = { "freehold:cloud": "home", "freehold:app": "notes" };

const xml = (code: string, message = "No.", status = 400): Fault => ({
  ...{ kind: "answer", status, code, message, form: "xml" },
});
const json = (code: string, message = "No.", status = 400): Fault => ({
  ...{ kind: "answer", status, code, message, form: "json" },
});
const records = /POST .*\/rrset/;
const zones = /POST \/2013-04-01\/hostedzone$/;
const described = /DescribeCertificate/;
const pending: Fault = { kind: "edit", edit: (body) => body.replaceAll("INSYNC", "PENDING") };

interface Certificate {
  Status: string;
  FailureReason?: string;
  DomainValidationOptions?: { ResourceRecord?: unknown }[];
}
const edited = (edit: (certificate: Certificate) => void): Fault => ({
  kind: "edit",
  edit: (body) => {
    const said = JSON.parse(body) as { Certificate: Certificate };
    edit(said.Certificate);
    return JSON.stringify(said);
  },
});

describe.skipIf(missing(motoServer(), "moto_server"))("a domain", () => {
  let moto: Moto;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let provider: Provider;
  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startFaultProxy(moto.endpoint);
    provider = createAwsProvider({ environment: { ...moto.env, AWS_ENDPOINT_URL: proxy.endpoint } });
    await provider.configure({});
  });
  beforeEach(() => {
    proxy.plan([]);
    clock.ms = 0;
  });
  afterAll(async () => {
    await provider?.close();
    await proxy?.close();
    await moto?.close();
  });

  const made = async (type: string, inputs: PropertyMap, told?: Told, seconds = 0): Promise<Driver> =>
    await new Driver(provider, type, fresh("x"), contextOf(told, seconds)).create(inputs);
  const zoneMade = async (): Promise<Driver> => await made(zoneType, { name: `${fresh("z")}.example`, tags: ours });
  const a = (zone: Driver, records: string[], extra: PropertyMap = {}): PropertyMap => ({
    ...{ zoneId: zone.id, name: `www.${String(zone.outputs["name"])}`, type: "A", ttl: 60, records, ...extra },
  });

  // A name may be had by many: the first one stayed in the account for ever, and no state knew of it.
  it("has one API though the answer to making it was lost, and leaves another's alone", async () => {
    const name = fresh("api");
    const theirs = await made(apiType, { name, protocolType: "HTTP", tags: { ...ours, "freehold:app": "other" } });
    proxy.plan([{ on: /POST \/v2\/apis$/, fault: { kind: "reset", reached: true }, times: 2 }]);
    const api = await made(apiType, { name, protocolType: "HTTP", tags: ours });
    expect(proxy.count(/POST \/v2\/apis$/)).toBe(3);
    const { Items = [] } = await new ApiGatewayV2Client(clientConfig(moto.env)).send(new GetApisCommand({}));
    const ids = Items.filter(({ Name }) => Name === name).map(({ ApiId }) => ApiId);
    expect(ids.sort()).toEqual([theirs.id, api.id].sort());
  });

  // CloudFront refuses the second attempt for the first one's reference, or its names.
  it.each(["DistributionAlreadyExists", "CNAMEAlreadyExists"])(
    "knows its own distribution when the answer to making it was lost, and then it is %s",
    async (code) => {
      const on = /POST .*\/distribution\?WithTags/;
      proxy.plan([
        { on, fault: { kind: "reset", reached: true }, times: 1 },
        { on, fault: xml(code, "Already.", 409), times: 1 },
      ]);
      const { type, create } = await domainCases["distribution"]!({ provider, made: [] });
      const driver = await made(type, { ...create, comment: fresh("d"), tags: ours });
      expect(await driver.refresh()).toBe(true);
      expect(proxy.count(on)).toBe(2);
    },
  );

  describe("in Route 53", () => {
    // A certificate that is asked for before the record is everywhere is refused for minutes.
    it("is done when all servers know the record", async () => {
      const zone = await zoneMade();
      proxy.plan([
        { on: records, fault: pending, times: 1 },
        { on: /GET .*\/change\//, fault: pending, times: 3 },
      ]);
      const told: Told = { statuses: [] };
      await made(recordType, a(zone, ["192.0.2.1"]), told);
      expect(proxy.count(/GET .*\/change\//)).toBe(4);
      expect(told.statuses.join("\n")).toContain("waiting for Route 53 to tell record www.");
    });

    it("gives up in the end, and keeps the zone that it made", async () => {
      proxy.plan([
        { on: zones, fault: pending, times: 1 },
        { on: /GET .*\/change\//, fault: pending, times: Number.POSITIVE_INFINITY },
      ]);
      const error = await zoneMade().catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(PartialFailure);
      expect(String((error as PartialFailure).reasons)).toMatch(
        /gave up after 900 s waiting for Route 53 to tell zone/,
      );
      expect(clock.ms).toBeGreaterThan(900_000);
    });

    it.each(["Throttling", "PriorRequestNotComplete"])("goes on after %s", async (code) => {
      const zone = await zoneMade();
      proxy.plan([{ on: records, fault: xml(code), times: 4 }]);
      await made(recordType, a(zone, ["192.0.2.1"]));
      expect(proxy.count(records)).toBe(5);
    });

    // The owner's own record, or another tool's: whoever overwrote it would take a site off the net.
    it("never touches a record that is there, whatever it says", async () => {
      const zone = await zoneMade();
      const theirs = await made(recordType, a(zone, ["192.0.2.1"]));
      for (const value of ["192.0.2.1", "192.0.2.2"]) {
        proxy.plan([]);
        const taking = made(recordType, a(zone, [value]));
        await expect(taking).rejects.toThrow(
          `the record A www.${String(zone.outputs["name"])} exists already in zone ${zone.id} and is not part of this stack. It was not touched: remove it, import it as ${theirs.id}, or set allowOverwrite`,
        );
        expect(proxy.count(records)).toBe(0);
      }
      await made(recordType, a(zone, ["192.0.2.3"], { allowOverwrite: true }));
      await theirs.refresh();
      expect(theirs.outputs["records"]).toEqual(["192.0.2.3"]);
    });

    // Asked again, it is refused for what the first one made.
    it.each([
      ["was lost", { kind: "reset", reached: true }],
      ["was cut off", { kind: "truncate" }],
    ] as const)("knows its own record when the answer to making it %s", async (_title, fault) => {
      const zone = await zoneMade();
      proxy.plan([{ on: records, fault, times: 1 }]);
      const driver = await made(recordType, a(zone, ["192.0.2.1"]));
      expect(await driver.refresh()).toBe(true);
      expect(proxy.count(records)).toBe(2);
    });

    // Several zones may have one name: the one that this call made is found by its reference.
    it("knows its own zone when the answer to making it was lost", async () => {
      const name = `${fresh("z")}.example`;
      await made(zoneType, { name, tags: { ...ours, "freehold:app": "other" } });
      proxy.plan([
        { on: zones, fault: { kind: "reset", reached: true }, times: 1 },
        { on: zones, fault: xml("HostedZoneAlreadyExists", "Already.", 409), times: 1 },
      ]);
      const driver = await made(zoneType, { name, tags: ours });
      expect(await driver.refresh()).toBe(true);
      expect(driver.outputs["tagsAll"]).toEqual(ours);
      expect(proxy.count(zones)).toBe(2);
    });

    it("keeps a zone with records of others, unless it was told not to", async () => {
      const zone = await zoneMade();
      await made(recordType, a(zone, ["192.0.2.1"]));
      await expect(zone.delete()).rejects.toThrow(/holds records that are not part of this stack .*set forceDestroy/);
      expect(await zone.refresh()).toBe(true);
      await zone.update({ name: String(zone.outputs["name"]), tags: ours, forceDestroy: true });
      await zone.delete();
      expect(await zone.refresh()).toBe(false);
    });

    it("is looked up by name, and says when there are two", async () => {
      const name = `${fresh("z")}.example`;
      const token = "aws:route53/getZone:getZone";
      const find = async (args: PropertyMap) => await provider.invoke({ token, args, preview: false }, contextOf());
      expect((await find({ name })).failures[0]?.reason).toContain(`no public zone ${name}`);
      const one = await made(zoneType, { name, tags: ours });
      expect((await find({ name: `${name}.` })).result).toMatchObject({ zoneId: one.id, name, tags: ours });
      const two = await made(zoneType, { name, tags: { ...ours, "freehold:app": "other" } });
      expect((await find({ name })).failures[0]?.reason).toContain("2 zones");
      expect((await find({ name, tags: { "freehold:app": "other" } })).result).toMatchObject({ zoneId: two.id });
    });
  });

  describe("in ACM", () => {
    const asked = (extra: PropertyMap = {}): PropertyMap => ({
      ...{ domainName: `${fresh("c")}.example`, validationMethod: "DNS", tags: ours, ...extra },
    });

    // ACM has an ARN at once and the records some seconds later; a program needs them to go on.
    it("is done when the validation records are known", async () => {
      const none = edited((certificate) => {
        for (const one of certificate.DomainValidationOptions ?? []) delete one.ResourceRecord;
      });
      proxy.plan([{ on: described, fault: none, times: 4 }]);
      const told: Told = { statuses: [] };
      const driver = await made(certificateType, asked(), told);
      expect(driver.outputs["domainValidationOptions"]).toMatchObject([{ resourceRecordType: "CNAME" }]);
      expect(told.statuses[0]).toMatch(/waiting for ACM to say how c-\w+\.example is to be validated/);
    });

    const waiting = edited((certificate) => {
      certificate.Status = "PENDING_VALIDATION";
    });

    it("waits for a record by its name, and not for ever", async () => {
      const { id, outputs } = await made(certificateType, asked());
      const [option] = outputs["domainValidationOptions"] as PropertyMap[];
      proxy.plan([{ on: described, fault: waiting, times: Number.POSITIVE_INFINITY }]);
      const told: Told = { statuses: [] };
      const trying = made(validationType, { certificateArn: id }, told, 60);
      await expect(trying).rejects.toThrow(/gave up after 60 s waiting for .*run the same command again to go on/);
      const name = String(option!["resourceRecordName"]).replace(/\.$/, "");
      expect(told.statuses[0]).toContain(`waiting for ACM to find CNAME ${name} -> `);
    });

    // Nothing is won by waiting for an hour.
    it.each([
      ["FAILED", "CAA_ERROR", /a CAA record of the domain allows other certificate authorities/],
      ["VALIDATION_TIMED_OUT", undefined, /72 hours/],
    ])("ends at once when the certificate is %s", async (Status, FailureReason, why) => {
      const { id } = await made(certificateType, asked());
      const ended = edited((certificate) => Object.assign(certificate, { Status, FailureReason }));
      proxy.plan([
        { on: described, fault: waiting, times: 2 },
        { on: described, fault: ended, times: 9 },
      ]);
      await expect(made(validationType, { certificateArn: id })).rejects.toThrow(why);
      expect(clock.ms).toBeLessThan(1_000);
    });

    it("does not wait for a record that the program did not make", async () => {
      const { id } = await made(certificateType, asked());
      const trying = made(validationType, { certificateArn: id, validationRecordFqdns: ["_other.example"] });
      await expect(trying).rejects.toThrow(/validationRecordFqdns does not name CNAME _/);
    });

    it("is deleted when what used it lets go of it", async () => {
      const driver = await made(certificateType, asked());
      proxy.plan([{ on: /DeleteCertificate/, fault: json("ResourceInUseException", "In use."), times: 9 }]);
      await driver.delete();
      expect(proxy.count(/DeleteCertificate/)).toBe(10);
      expect(await driver.refresh()).toBe(false);
    });

    // After a kill between ACM's answer and the journal; one without tags may be anybody's.
    it("is found again by its tags, and never without", async () => {
      const [tagged, bare] = [asked(), asked({ tags: {} })];
      const first = await made(certificateType, tagged);
      await made(certificateType, bare);
      const adopted = async (inputs: PropertyMap) => {
        const driver = new Driver(provider, certificateType, "again");
        const checked = await driver.check(inputs, true);
        return await provider.adopt!({ ...driver.identity, inputs: checked, preview: false }, contextOf());
      };
      expect((await adopted(tagged))?.id).toBe(first.id);
      expect(await adopted(bare)).toBeNull();
      expect(await adopted({ ...tagged, subjectAlternativeNames: ["other.example"] })).toBeNull();
    });
  });
});
