/**
 * The one call of AWS's Free Tier service that is made: which plan an account is on. Signed here, in AWS's JSON protocol
 * 1.0; where the service is follows from the configuration that every client of the SDK reads.
 */
import { Sha256 } from "@smithy/core/checksum";
import { loadConfig } from "@smithy/core/config";
import { SignatureV4 } from "@smithy/signature-v4";

const service = "freetier";
/** The service answers for all regions in this one. */
const region = "us-east-1";

interface Caller {
  endpoint?: string;
  credentials: ConstructorParameters<typeof SignatureV4>[0]["credentials"];
}

/** As AWS answers it. */
export interface AccountPlanState {
  accountPlanType?: "FREE" | "PAID";
  accountPlanStatus?: "NOT_STARTED" | "ACTIVE" | "EXPIRED";
  accountPlanRemainingCredits?: { amount?: number; unit?: string };
  /** Seconds since 1970, or ISO 8601: the protocol has the one, the API's reference shows the other. */
  accountPlanExpirationDate?: number | string;
}

/** Throws what AWS refuses, an Error of AWS's code as its name; and what keeps the call from being made at all. */
export async function getAccountPlanState({ endpoint, credentials }: Caller, signal: AbortSignal) {
  const url = new URL(endpoint ?? (await configured()) ?? `https://${service}.${region}.api.aws`);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const body = "{}";
  const { headers } = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port ? { port: Number(url.port) } : {}),
    path: "/",
    query: {},
    headers: {
      host: url.host,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AWSFreeTierService.GetAccountPlanState",
    },
    body,
  });
  const { host: _, ...sent } = headers;
  const answer = await fetch(new URL("/", url), { method: "POST", headers: sent, body, signal, redirect: "error" });
  const said = (await answer.json()) as AccountPlanState & { __type?: string; message?: string; Message?: string };
  if (answer.ok) return said as AccountPlanState;
  const code = (said.__type ?? answer.headers.get("x-amzn-errortype") ?? `HTTP ${answer.status}`).split("#").at(-1);
  throw Object.assign(new Error(said.message ?? said.Message ?? ""), { name: code });
}

/** As the SDK's own clients find another endpoint. */
const configured = (): Promise<string | undefined> =>
  loadConfig<string | undefined>({
    environmentVariableSelector: (env) => env["AWS_ENDPOINT_URL_FREETIER"] || env["AWS_ENDPOINT_URL"],
    configFileSelector: (profile) => profile["endpoint_url"],
    default: undefined,
  })();
