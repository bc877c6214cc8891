/** The functions a program may call, by token. */
import type { Context, InvokeRequest, InvokeResult } from "../../engine/provider.ts";
import type { PropertyMap } from "../../engine/value.ts";
import { problems } from "./errors.ts";
import { getDnsRecord, getDnsRecords } from "./records.ts";
import type { Session } from "./session.ts";
import { getZone, getZones } from "./zones.ts";

type Invoke = (args: PropertyMap, session: Session, context: Context) => Promise<PropertyMap>;

const invokes: { [token: string]: Invoke } = {
  "cloudflare:index/getDnsRecord:getDnsRecord": getDnsRecord,
  "cloudflare:index/getDnsRecords:getDnsRecords": getDnsRecords,
  "cloudflare:index/getZone:getZone": getZone,
  "cloudflare:index/getZones:getZones": getZones,
};

export async function invoke(
  request: InvokeRequest,
  session: () => Promise<Session>,
  context: Context,
): Promise<InvokeResult> {
  const found = invokes[request.token];
  if (!found) throw problems.unknownFunction(request.token);
  return { result: await found(request.args, await session(), context), failures: [] };
}
