/** What the ACM types share: the client of the certificate's region, and the certificate itself. */
import type { ACM, CertificateDetail } from "@aws-sdk/client-acm";
import { undefinedFor } from "../errors.ts";
import type { Call } from "../type.ts";

/** CloudFront takes certificates of us-east-1 alone: there, `region` says so. */
export async function acm(call: Call): Promise<ACM> {
  // On an import the ARN says where it is.
  if (call.importing) call.region = /^arn:[^:]*:acm:([^:]+):/.exec(call.id)?.[1] ?? call.region;
  return await call.session.client("acm", call.context, call.label, call.region);
}

export const orMissing = undefinedFor("ResourceNotFoundException");

export async function certificateOf(call: Call, CertificateArn: string): Promise<CertificateDetail | undefined> {
  return (await orMissing((await acm(call)).describeCertificate({ CertificateArn })))?.Certificate;
}

/** Why ACM gave up, in its own word and what to do about it. */
export function reasonOf(certificate: CertificateDetail): string {
  const { Status, FailureReason, RevocationReason } = certificate;
  if (Status === "VALIDATION_TIMED_OUT")
    return "ACM looked for the validation records for 72 hours and did not find them; delete the certificate and ask for another";
  if (FailureReason === "CAA_ERROR")
    return "CAA_ERROR: a CAA record of the domain allows other certificate authorities only; allow amazon.com, too";
  return FailureReason ?? RevocationReason ?? Status ?? "unknown";
}
