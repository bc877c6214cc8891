/**
 * aws:acm/certificate:Certificate, validated by DNS. It exists with its request; the records that prove the domain are
 * known some seconds later, and until then it is not done. What waits for it to be issued is certificate-validation.ts.
 */
import { randomBytes } from "node:crypto";
import type { CertificateDetail, KeyAlgorithm } from "@aws-sdk/client-acm";
import type { CheckFailure } from "../../../engine/provider.ts";
import type { PropertyMap } from "../../../engine/value.ts";
import { retried, until } from "../../kit/waiting.ts";
import { hasCode, problems } from "../errors.ts";
import { object, refused, set, text } from "../schema.ts";
import { identityTags, isOurs, type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { type Call, compact, type ResourceType, str, strs, sub } from "../type.ts";
import { acm, certificateOf, orMissing, reasonOf } from "./calls.ts";

const imported = refused("Certificates are asked for from ACM, with validationMethod DNS.");
const keys = [
  ...["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096"],
  ...["EC_prime256v1", "EC_secp384r1", "EC_secp521r1"],
] as const satisfies KeyAlgorithm[];

export const certificate: ResourceType = {
  token: "aws:acm/certificate:Certificate",
  properties: {
    domainName: text({ replaces: true, computed: true }),
    subjectAlternativeNames: set(text(), { replaces: true, computed: true }),
    validationMethod: text({ replaces: true, computed: true }),
    keyAlgorithm: text({ replaces: true, computed: true, oneOf: keys }),
    options: object(
      {
        certificateTransparencyLoggingPreference: text({ default: "ENABLED", oneOf: ["ENABLED", "DISABLED"] }),
        export: text({ default: "DISABLED", oneOf: ["ENABLED", "DISABLED"] }),
      },
      { computed: true },
    ),
    certificateAuthorityArn: imported,
    certificateBody: imported,
    certificateChain: imported,
    privateKey: imported,
    privateKeyWo: imported,
    privateKeyWoVersion: imported,
    earlyRenewalDuration: refused(),
    validationOptions: refused("They are of validation by mail."),
  },
  outputs: [
    ...["arn", "domainValidationOptions", "notAfter", "notBefore", "pendingRenewal", "renewalEligibility"],
    ...["renewalSummaries", "status", "type", "validationEmails"],
  ],
  volatile: ["notAfter", "notBefore", "renewalEligibility", "renewalSummaries", "status"],
  taggable: true,
  secretOutputs: ["privateKey", "privateKeyWo"],
  validate,
  // ACM adds the domain itself to its other names.
  settle: async ({ inputs, olds }, changed) =>
    changed.filter((name) => name !== "subjectAlternativeNames" || String(names(inputs)) !== String(names(olds))),
  create,
  locate,
  aspects: [
    { of: ["tagsAll"], sync: syncTags },
    { of: ["options"], sync: syncOptions },
  ],
  observe,
  remove,
};

function validate(inputs: PropertyMap): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const fail = (property: string, reason: string): void => void failures.push({ property, reason });
  if (inputs["domainName"] === undefined) fail("domainName", "Missing required property 'domainName'");
  const method = inputs["validationMethod"];
  if (method === undefined) fail("validationMethod", "Missing required property 'validationMethod'");
  if (typeof method === "string" && method !== "DNS")
    fail("validationMethod", "The embedded engine validates by DNS alone. Use the official engine for others.");
  for (const name of [inputs["domainName"], ...(strs(inputs, "subjectAlternativeNames") ?? [])])
    if (typeof name === "string" && name.endsWith(".")) fail("domainName", `'${name}' cannot end with a period`);
  return failures;
}

/** All names it is of, sorted. */
const names = (inputs: PropertyMap): string[] =>
  [...new Set([str(inputs, "domainName") ?? "", ...(strs(inputs, "subjectAlternativeNames") ?? [])])].sort();

function optionsOf(inputs: PropertyMap) {
  const options = sub(inputs, "options");
  const logging = options && str(options, "certificateTransparencyLoggingPreference");
  return (
    options && {
      CertificateTransparencyLoggingPreference: logging as "ENABLED" | undefined,
      Export: str(options, "export") as "ENABLED" | undefined,
    }
  );
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  call.label = str(inputs, "domainName")!;
  const client = await acm(call);
  const tags = tagList(inputs["tagsAll"] as PropertyMap | undefined);
  const made = await client.requestCertificate({
    DomainName: call.label,
    SubjectAlternativeNames: strs(inputs, "subjectAlternativeNames"),
    ValidationMethod: "DNS",
    KeyAlgorithm: str(inputs, "keyAlgorithm") as KeyAlgorithm | undefined,
    Options: optionsOf(inputs),
    // A request whose answer is lost is repeated with the same one, and answered with the same certificate.
    IdempotencyToken: randomBytes(16).toString("hex"),
    Tags: tags.length > 0 ? tags : undefined,
  });
  call.id = made.CertificateArn!;
  await recordsKnown(call);
  return call.id;
}

/** Every name has its record, or was proved before. */
async function recordsKnown(call: Call): Promise<void> {
  const wait = { what: `ACM to say how ${call.label} is to be validated`, seconds: 300 };
  await until(call.context, wait, async () => {
    const live = await certificateOf(call, call.id);
    if (live?.Status === "FAILED") throw problems.failed(`certificate ${call.label}`, reasonOf(live));
    const all = live?.DomainValidationOptions ?? [];
    const known = all.filter((one) => one.ResourceRecord !== undefined || one.ValidationStatus === "SUCCESS");
    return all.length > 0 && known.length === all.length ? true : undefined;
  });
}

/** What a request that was cut off left: ours by its tags, of the same names and key, and in use by nothing. */
async function locate(call: Call): Promise<string | undefined> {
  const { inputs } = call;
  const tagsAll = (inputs["tagsAll"] ?? {}) as Tags;
  if (identityTags(tagsAll).length === 0) return undefined;
  const client = await acm(call);
  let NextToken: string | undefined;
  do {
    // Without the list of keys ACM answers those of RSA_2048 alone.
    const page = await client.listCertificates({ NextToken, Includes: { keyTypes: [...keys] } });
    NextToken = page.NextToken;
    for (const { CertificateArn, DomainName } of page.CertificateSummaryList ?? []) {
      if (!CertificateArn || DomainName !== str(inputs, "domainName")) continue;
      const live = await certificateOf(call, CertificateArn);
      if (!live || isOver(live) || (live.InUseBy ?? []).length > 0 || !isSame(live, inputs)) continue;
      if (isOurs(await tagsOf(call, CertificateArn), tagsAll)) return CertificateArn;
    }
  } while (NextToken);
  return undefined;
}

/** ACM forgets it some days later; nothing can be done with it. */
const isOver = ({ Status }: CertificateDetail): boolean => Status === "VALIDATION_TIMED_OUT";

function isSame(live: CertificateDetail, inputs: PropertyMap): boolean {
  const key = str(inputs, "keyAlgorithm");
  return String(names(namesOf(live))) === String(names(inputs)) && (key === undefined || keyOf(live) === key);
}

function namesOf(live: CertificateDetail): PropertyMap {
  return { domainName: live.DomainName ?? "", subjectAlternativeNames: live.SubjectAlternativeNames ?? [] };
}

/** ACM writes `RSA-2048` where it is asked for `RSA_2048`. */
const keyOf = (live: CertificateDetail): string | undefined => live.KeyAlgorithm?.replaceAll("-", "_");

async function tagsOf(call: Call, CertificateArn: string): Promise<Tags> {
  const client = await acm(call);
  return tagMap((await orMissing(client.listTagsForCertificate({ CertificateArn })))?.Tags);
}

async function syncTags(call: Call): Promise<void> {
  const live = await tagsOf(call, call.id);
  const { set: added, remove: keysGone } = tagChanges(live, call.inputs["tagsAll"] as Tags);
  const client = await acm(call);
  const of = { CertificateArn: call.id };
  if (keysGone.length > 0) await client.removeTagsFromCertificate({ ...of, Tags: keysGone.map((Key) => ({ Key })) });
  if (Object.keys(added).length > 0) await client.addTagsToCertificate({ ...of, Tags: tagList(added) });
}

async function syncOptions(call: Call): Promise<void> {
  const client = await acm(call);
  const Options = optionsOf(call.inputs);
  if (Options) await client.updateCertificateOptions({ CertificateArn: call.id, Options });
}

const time = (at: Date | undefined): string | undefined => at?.toISOString().replace(/\.\d+Z$/, "Z");

async function observe(call: Call) {
  const live = await certificateOf(call, call.id);
  if (!live || isOver(live)) return undefined;
  const tagsAll = await tagsOf(call, call.id);
  const options = live.DomainValidationOptions ?? [];
  const all = namesOf(live);
  const asSaid = String(names(all)) === String(names(call.inputs)) ? call.inputs["subjectAlternativeNames"] : undefined;
  const { CertificateTransparencyLoggingPreference: logging, Export } = live.Options ?? {};
  const renewal = live.RenewalSummary;
  return {
    inputs: compact({
      ...all,
      ...(asSaid === undefined ? {} : { subjectAlternativeNames: asSaid }),
      validationMethod: live.Type === "AMAZON_ISSUED" ? options[0]?.ValidationMethod : "NONE",
      keyAlgorithm: keyOf(live),
      options:
        live.Options && compact({ certificateTransparencyLoggingPreference: logging ?? "ENABLED", export: Export }),
      tagsAll,
    }),
    outputs: {
      ...all,
      ...compact({ notAfter: time(live.NotAfter), notBefore: time(live.NotBefore) }),
      arn: live.CertificateArn ?? call.id,
      domainValidationOptions: options.flatMap(({ DomainName, ResourceRecord: record }) =>
        record
          ? {
              domainName: DomainName ?? "",
              resourceRecordName: record.Name ?? "",
              resourceRecordType: record.Type ?? "",
              resourceRecordValue: record.Value ?? "",
            }
          : [],
      ),
      pendingRenewal: false,
      renewalEligibility: live.RenewalEligibility ?? "INELIGIBLE",
      renewalSummaries: renewal
        ? [
            compact({
              renewalStatus: renewal.RenewalStatus,
              renewalStatusReason: renewal.RenewalStatusReason ?? "",
              updatedAt: time(renewal.UpdatedAt),
            }),
          ]
        : [],
      status: live.Status ?? "",
      type: live.Type ?? "",
      validationEmails: [],
    },
  };
}

/** What used it a moment ago (CloudFront, API Gateway) lets go of it minutes later. */
async function remove(call: Call): Promise<void> {
  const client = await acm(call);
  const wait = { what: `what used certificate ${call.label} to let go of it`, seconds: 1_200 };
  const again = (error: unknown): boolean => hasCode(error, "ResourceInUseException");
  const CertificateArn = call.id;
  await retried(call.context, wait, again, () => orMissing(client.deleteCertificate({ CertificateArn })));
}
