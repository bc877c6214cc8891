/** What the API Gateway v2 types share: the client, ids of things inside an API, and tags by ARN. HTTP APIs alone. */
import type { ApiGatewayV2 } from "@aws-sdk/client-apigatewayv2";
import { retried } from "../../kit/waiting.ts";
import { hasCode, problems, undefinedFor } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import { type Tags, tagChanges } from "../tags.ts";
import { type Call, str } from "../type.ts";

export async function gateway(call: Call): Promise<ApiGatewayV2> {
  return await call.session.client("apigatewayv2", call.context, call.label, call.region);
}

export const orMissing = undefinedFor("NotFoundException");

/** Retried while another change of the same API or domain is under way. */
export async function alone<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  const wait = { what: `another change of ${call.label} to end`, seconds: 120 };
  return await retried(call.context, wait, (error) => hasCode(error, "ConflictException"), attempt);
}

/** `[api, id]` of what lies inside an API: from the inputs, or on import from `API/ID`. */
export function insideOf(call: Call, type: string): { ApiId: string; id: string } {
  const api = str(call.inputs, "apiId");
  if (api) return { ApiId: api, id: call.id };
  const at = call.id.indexOf("/");
  if (at < 1) throw problems.badImport(type, call.id, "API-ID/ID");
  const [ApiId, id] = [call.id.slice(0, at), call.id.slice(at + 1)];
  call.id = id;
  return { ApiId, id };
}

/** Of an API, a stage or a domain name: `arn:aws:apigateway:REGION::/apis/ID`, or of another partition. */
export const arnOf = (call: Call, path: string): string =>
  `arn:${partitionOf(call.region).id}:apigateway:${call.region}::${path}`;

export async function executionArn(call: Call, path: string): Promise<string> {
  const { accountId } = await call.session.caller(call.context);
  return `arn:${partitionOf(call.region).id}:execute-api:${call.region}:${accountId}:${path}`;
}

export async function syncTagsOf(call: Call, ResourceArn: string, live: Tags): Promise<void> {
  const { set, remove } = tagChanges(live, call.inputs["tagsAll"] as Tags);
  const client = await gateway(call);
  if (remove.length > 0) await client.untagResource({ ResourceArn, TagKeys: remove });
  if (Object.keys(set).length > 0) await client.tagResource({ ResourceArn, Tags: set });
}
