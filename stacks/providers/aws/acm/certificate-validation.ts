/**
 * aws:acm/certificateValidation:CertificateValidation: nothing in AWS, but the wait until a certificate is issued. It
 * says which record ACM still looks for, and ends at once when ACM will never find it.
 */
import type { CertificateDetail, DomainValidation } from "@aws-sdk/client-acm";
import { until } from "../../kit/waiting.ts";
import { problems } from "../errors.ts";
import { set, text } from "../schema.ts";
import { type Call, type ResourceType, str, strs } from "../type.ts";
import { certificateOf, reasonOf } from "./calls.ts";

export const certificateValidation: ResourceType = {
  token: "aws:acm/certificateValidation:CertificateValidation",
  properties: {
    certificateArn: text({ required: true, replaces: true }),
    // Only looked at before the wait: a record that nobody made would be waited for in vain.
    validationRecordFqdns: set(text(), { replaces: true, writeOnly: true }),
  },
  outputs: [],
  // A wait that was cut off left nothing: it is begun again, or forgotten with the name.
  intent: (inputs) => `validation ${str(inputs, "certificateArn")}`,
  create,
  aspects: [],
  observe,
  remove: async () => undefined,
};

const plain = (name: string | undefined): string => (name ?? "").replace(/\.$/, "").toLowerCase();

async function create(call: Call): Promise<string> {
  const arn = str(call.inputs, "certificateArn")!;
  call.label = arn;
  const first = await certificateOf(call, arn);
  if (!first) throw problems.vanished(`certificate ${arn}`);
  call.label = `certificate ${first.DomainName}`;
  if (first.Type !== "AMAZON_ISSUED") throw problems.failed(call.label, `it is ${first.Type} and needs no validation`);
  const said = strs(call.inputs, "validationRecordFqdns")?.map(plain);
  const missing = (first.DomainValidationOptions ?? []).filter(({ ResourceRecord: record }) => {
    return said && said.length > 0 && record && !said.includes(plain(record.Name));
  });
  if (missing.length > 0) throw problems.recordsMissing(call.label, missing.map(wordsOf));
  return idOf(await issued(call, arn, first));
}

const wordsOf = ({ ResourceRecord: record }: DomainValidation): string =>
  `${record?.Type} ${plain(record?.Name)} -> ${record?.Value}`;

/** ACM usually finds a record within minutes of its being in DNS; it gives up itself after 72 hours. */
async function issued(call: Call, arn: string, first: CertificateDetail): Promise<CertificateDetail> {
  const wait = { what: reason(call, first), seconds: 75 * 60 };
  return await until(call.context, wait, async () => {
    const live = await certificateOf(call, arn);
    if (!live) throw problems.vanished(call.label);
    if (live.Status === "ISSUED") return live;
    if (live.Status !== "PENDING_VALIDATION") throw problems.failed(call.label, reasonOf(live));
    wait.what = reason(call, live);
    return undefined;
  });
}

/** Reads on from "waiting for". */
function reason({ label }: Call, { DomainValidationOptions: all = [] }: CertificateDetail): string {
  const open = all.filter(({ ValidationStatus }) => ValidationStatus !== "SUCCESS");
  const [next] = open;
  if (!next?.ResourceRecord) return `${label} to be issued`;
  return `ACM to find ${wordsOf(next)} for ${label}${open.length > 1 ? `, and ${open.length - 1} more` : ""}`;
}

/** As pulumi-aws writes it: when the certificate was issued. */
function idOf({ IssuedAt }: CertificateDetail): string {
  return `${(IssuedAt ?? new Date(0))
    .toISOString()
    .replace("T", " ")
    .replace(/\.000Z$|Z$/, "")} +0000 UTC`;
}

async function observe(call: Call) {
  // It has no id of its own in AWS: an import says the certificate's.
  const said = str(call.inputs, "certificateArn") ?? str(call.outputs, "certificateArn");
  const arn = said ?? call.id;
  if (!arn.startsWith("arn:")) throw problems.badImport(certificateValidation.token, call.id, "a certificate's ARN");
  const live = await certificateOf(call, arn);
  if (live?.Status !== "ISSUED") return undefined;
  if (said === undefined) call.id = idOf(live);
  return { inputs: { certificateArn: arn }, outputs: {} };
}
