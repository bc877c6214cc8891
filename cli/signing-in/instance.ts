/**
 * Whether this computer is an EC2 instance with a role, as its metadata service says. One second for all of it: elsewhere
 * the address leads nowhere, or to somebody else. Reads the role's name alone, never its keys.
 */
import { request } from "node:http";
import type { Environment } from "./profiles.ts";

export type InstanceRole =
  | { role: string /** It answers without a session's token (IMDSv1). */; open: boolean }
  /** Why there is none, in a sentence. */
  | { none: string };

const withinMs = 1_000;
const rolePath = "/latest/meta-data/iam/security-credentials/";

export function metadataAddress(env: Environment): string {
  const sixth = /^ipv6$/i.test(env["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] ?? "");
  return env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || (sixth ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
}

/** Never throws. */
export async function instanceRole(env: Environment): Promise<InstanceRole> {
  const address = metadataAddress(env);
  const signal = AbortSignal.timeout(withinMs);
  try {
    const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    const token = await ask(new URL("/latest/api/token", address), { method: "PUT", headers: ttl, signal });
    const open = token.status !== 200;
    const headers: Record<string, string> = open ? {} : { "x-aws-ec2-metadata-token": token.text };
    if (open && closedToOld(env))
      return { none: `${address} gives no token, and AWS_EC2_METADATA_V1_DISABLED is set.` };
    const { status, text } = await ask(new URL(rolePath, address), { method: "GET", headers, signal });
    const role = text.split("\n")[0]?.trim() ?? "";
    if (status === 200 && /^[\w+=,.@-]{1,128}$/.test(role)) return { role, open };
    return { none: status === 404 ? "This instance has no role." : `${address} answered ${status}, and no role.` };
  } catch {
    return { none: `No service of an instance answers at ${address} within a second.` };
  }
}

const closedToOld = (env: Environment): boolean =>
  Boolean(env["AWS_EC2_METADATA_V1_DISABLED"]) && env["AWS_EC2_METADATA_V1_DISABLED"] !== "false";

interface Asked {
  method: "GET" | "PUT";
  headers: Record<string, string>;
  signal: AbortSignal;
}

const mostBytes = 4_096;

function ask(url: URL, asked: Asked): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...asked, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (text.length > mostBytes) sent.destroy(new Error("more than a role's name"));
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}
