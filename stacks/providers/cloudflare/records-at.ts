/** Records of a name in Cloudflare, for whoever asks before a program runs: what is there, and one of them away. */
import type { Context } from "../../engine/provider.ts";
import { settingsOf } from "./config.ts";
import { Session } from "./session.ts";
import type { CloudflareReach } from "./zone-for.ts";

export interface FoundRecord {
  id: string;
  type: string;
  name: string;
  value: string;
}

async function inSession<T>({ apiToken, environment }: CloudflareReach, use: (session: Session) => Promise<T>) {
  const session = new Session(settingsOf(apiToken === undefined ? {} : { apiToken }, environment));
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** Throws ProviderError. */
export async function recordsAt(
  zoneId: string,
  name: string,
  reach: CloudflareReach,
  context: Context,
): Promise<FoundRecord[]> {
  return inSession(reach, async (session) => {
    const records = await session.recordsAt(zoneId, name, context);
    return records.map((record) => ({
      ...{ id: record.id, type: String(record.type), name: record.name },
      value: String((record as { content?: string }).content ?? ""),
    }));
  });
}

/** One that is gone already is done. Throws ProviderError. */
export async function removeRecord(
  zoneId: string,
  { id, name }: Pick<FoundRecord, "id" | "name">,
  reach: CloudflareReach,
  context: Context,
): Promise<void> {
  await inSession(reach, async (session) => {
    const asked = { action: "delete", what: `the record ${name}`, needs: "DNS:Edit" } as const;
    try {
      await session.call<unknown>(context, asked, (client, options) =>
        client.dns.records.delete(id, { zone_id: zoneId }, options),
      );
    } catch (error) {
      if (!session.hasCode(error, ["81044"])) throw error;
    }
  });
}
