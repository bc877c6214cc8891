/**
 * Function URLs: which hosts are functions, who may call them, and one call from the request to the reply. The path of
 * every page an app serves: no disk, no store, no second copy of a stream.
 */
import type { Call, Need, Reply } from "../../service.ts";
import { functionNeed } from "../access.ts";
import { type Core, routeVersion, targetOf } from "../core.ts";
import { payloadLimitBytes, readAnswer } from "../invoke.ts";
import { traceFor } from "../lineage.ts";
import { arnOf } from "../naming.ts";
import { urlHost } from "../operations/urls.ts";
import { type FunctionRecord, latest, type UrlRecord } from "../records.ts";
import { corsHeaders, isPreflight, preflight } from "./cors.ts";
import { urlEvent } from "./event.ts";
import { bufferedReply, integrationType, streamedReply } from "./response.ts";

/** Made anew whenever a function changes. */
interface Door {
  record: FunctionRecord;
  qualifier: string;
  url: UrlRecord;
  needs: readonly Need[];
}

export interface UrlServer {
  claims(host: string): boolean;
  serve(call: Call): Promise<Reply>;
}

const forbidden =
  "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

export function createUrlServer(core: Core): UrlServer {
  let doors = new Map<string, Door>();
  const read = (): void => {
    doors = new Map();
    for (const record of core.functions.list())
      for (const [qualifier, url] of Object.entries(record.urls))
        doors.set(urlHost(record, qualifier), { record, qualifier, url, needs: needsOf(core, record, qualifier, url) });
  };
  read();
  core.functions.watch(read);
  const find = (host: string): Door | undefined =>
    doors.get(host) ?? doors.get(host.toLowerCase().replace(/:\d+$/, ""));

  return {
    claims: (host) => find(host) !== undefined,
    async serve(call) {
      const door = find(call.host);
      if (!door) return refuse(call, 404, "Not Found");
      const { cors } = door.url;
      if (cors && isPreflight(call)) return preflight(cors, call);
      const reply = await answer(core, door, call);
      return cors ? { ...reply, headers: { ...reply.headers, ...corsHeaders(cors, call) } } : reply;
    },
  };
}

async function answer(core: Core, door: Door, call: Call): Promise<Reply> {
  const { record, qualifier, url } = door;
  const iam = url.authType === "AWS_IAM";
  // Who calls an open URL does not count, signed or not.
  if (!mayCall(core, door, iam || !call.caller ? call : { ...call, caller: null }))
    return refuse(call, 403, forbidden, { "x-amzn-errortype": "AccessDeniedException" });
  const body = await readBody(call);
  // A chain's count is not a stranger's to set.
  const incoming = call.headers["x-amzn-trace-id"]?.replace(/Lineage=[^;]*/gi, "");
  const traceId = traceFor(core.cloud.clock, record.arn, incoming);
  const nowMs = core.cloud.clock.now();
  const event = body && urlEvent({ call, urlId: url.urlId, body, nowMs, traceId, iam });
  if (!event || isTooLarge(event))
    return refuse(call, 413, "Request Entity Too Large", { "x-amzn-errortype": "RequestEntityTooLargeException" });
  const ref = { name: record.name, qualifier: qualifier === latest ? undefined : qualifier };
  const resolved = routeVersion(core, ref);
  if (resolved.version.state !== "Active") return badGateway(call);
  const result = await core.execution.run(targetOf(resolved), {
    requestId: call.requestId,
    payload: event,
    arn: arnOf(core.cloud, record.name, ref.qualifier),
    traceId,
    tail: false,
  });
  const reply = await toReply(url, result, call);
  if (!reply) return badGateway(call);
  reply.headers = { ...reply.headers, "x-amzn-requestid": call.requestId, "x-amzn-trace-id": traceId.split(";")[0] };
  return reply;
}

function mayCall(core: Core, { url, needs }: Door, call: Call): boolean {
  if (url.authType === "AWS_IAM" && !call.caller) return false;
  return needs.every((need) => core.cloud.access.refusal(call, need) === undefined);
}

/** Both permissions, as AWS asks since October 2025. */
function needsOf(core: Core, record: FunctionRecord, qualifier: string, url: UrlRecord): readonly Need[] {
  const version = qualifier === latest ? undefined : qualifier;
  return [
    functionNeed(core, "InvokeFunctionUrl", record.name, version, () => ({
      "lambda:FunctionUrlAuthType": url.authType,
    })),
    functionNeed(core, "InvokeFunction", record.name, version, () => ({ "lambda:InvokedViaFunctionUrl": "true" })),
  ].map((need) => ({ ...need, kept: true }));
}

/** A character has three bytes at most: what is short enough need not be measured. */
function isTooLarge(event: string): boolean {
  return event.length * 3 > payloadLimitBytes && Buffer.byteLength(event) > payloadLimitBytes;
}

async function toReply(
  url: UrlRecord,
  result: Awaited<ReturnType<Core["execution"]["run"]>>,
  call: Call,
): Promise<Reply | null> {
  if (result.kind === "error") return null;
  const { streamed, contentType, body } = result;
  // A client that left: the function finishes all the same, into nothing.
  const drain = (): void => void (Buffer.isBuffer(body) || body.resume());
  if (url.invokeMode === "RESPONSE_STREAM") {
    call.signal.addEventListener("abort", drain, { once: true });
    return streamedReply(body, streamed ? contentType : "application/json");
  }
  if (streamed && contentType === integrationType) return streamedReply(body, contentType);
  const { error, payload } = await readAnswer(result);
  if (error) return null;
  return streamed ? { status: 200, headers: { "content-type": contentType }, body: payload } : bufferedReply(payload);
}

const empty = Buffer.alloc(0);

/** Null when no event could carry it: base64 makes four bytes of three. */
async function readBody(call: Call): Promise<Buffer | null> {
  if (!hasBody(call)) return empty;
  if ((call.bodyLength ?? 0) > payloadLimitBytes) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > payloadLimitBytes) return null;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** HTTP/1.1 has no body without one of the two; a signed request's has been read. */
function hasBody({ bodyLength, headers }: Call): boolean {
  return bodyLength === undefined ? headers["transfer-encoding"] !== undefined : bodyLength > 0;
}

function refuse(call: Call, status: number, Message: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-requestid": call.requestId, ...headers },
    body: JSON.stringify({ Message }),
  };
}

/** The function failed, timed out or answered what is no answer: its log says what, under the request id. */
function badGateway(call: Call): Reply {
  return {
    status: 502,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "x-amzn-requestid": call.requestId,
      "x-amzn-errortype": "InternalServerErrorException",
    },
    body: "Internal Server Error",
  };
}
