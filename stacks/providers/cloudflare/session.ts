/**
 * One configured provider's connection to Cloudflare's v4 API: the SDK loaded when first asked for, calls paced, repeated
 * and ended here rather than by it, zones remembered. Knows no resource type.
 */
import type { BaseRecords, RecordListParams, RecordResponse } from "cloudflare/resources/dns/records";
import type { BaseZones, Zone, ZoneListParams } from "cloudflare/resources/zones/zones";
import type { PartialCloudflare } from "cloudflare/tree-shakable";
import type { Context } from "../../engine/provider.ts";
import { drained, jitter, patience, pause } from "../kit/clock.ts";
import type { Session as Connected } from "../kit/type.ts";
import type { Settings } from "./config.ts";
import { ApiFailure, type Asked, failureOf } from "./errors.ts";

export type Client = PartialCloudflare<{ zones: BaseZones; dns: { records: BaseRecords } }>;
export type { RecordResponse, Zone };

/** Which records of a zone. */
export type RecordQuery = Omit<RecordListParams, "zone_id" | "page" | "per_page">;

interface Sdk {
  client: Client;
  isConnection(cause: unknown): boolean;
}

/** Of the SDK's own, for one call. */
export interface CallOptions {
  signal: AbortSignal;
}

const attempts = { most: 6, firstDelayMs: 200, longestMs: 20_000 };
/** Its limit is counted over five minutes: it never asks for more with reason. */
const longestRefusalMs = 330_000;
const pageSize = 50;

export class Session implements Connected {
  readonly region = "";
  /** Records that were there before this session was to make the same: never ours, whoever asks. */
  readonly foreign = new Set<string>();
  readonly #settings: Settings;
  readonly #secrets: readonly string[];
  readonly #zones = new Map<string, Promise<Zone>>();
  #loaded: Promise<Sdk> | undefined;
  /** By the monotonic clock, milliseconds: no call before. */
  #notBefore = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    const { apiToken, account, userServiceKey } = settings;
    this.#secrets = [apiToken, account?.apiKey, userServiceKey].filter((secret) => secret !== undefined);
  }

  /**
   * Repeats what is worth it: refusals for too many calls as late as Cloudflare asks, faults of its own and of the
   * network with growing waits. After a call of which nobody knows whether it was carried out, `made` is asked for what
   * it may have made, before it is made again. Throws ApiFailure.
   */
  async call<T>(
    context: Context,
    asked: Asked,
    run: (client: Client, options: CallOptions) => Promise<T>,
    made?: () => Promise<T | undefined>,
  ): Promise<T> {
    const { client, isConnection } = await this.#sdk();
    for (let [attempt, uncertain] = [1, false]; ; attempt++) {
      await this.#turn(context);
      try {
        const answer = await drained(context.signal, (signal) => run(client, { signal }));
        if (answer === undefined || answer === null) throw new SyntaxError("no result");
        return answer;
      } catch (cause) {
        if (context.signal.aborted) throw cause;
        const failure =
          cause instanceof ApiFailure
            ? cause
            : failureOf(cause, asked, { isConnection, secrets: this.#secrets, now: Date.now() });
        uncertain ||= failure.unclear;
        const last = attempt >= attempts.most || !(failure.unclear || failure.throttled);
        if (!last) await this.#wait(context, failure, attempt);
        const found = uncertain ? await made?.() : undefined;
        if (found !== undefined) return found;
        if (last) throw failure;
      }
    }
  }

  async #wait(context: Context, failure: ApiFailure, attempt: number): Promise<void> {
    const asked = failure.waitMs ?? 0;
    if (asked > longestRefusalMs) throw failure;
    const own = jitter(Math.min(attempts.longestMs, attempts.firstDelayMs * 2 ** attempt));
    if (!failure.throttled) return await pause(Math.max(asked, own), context.signal);
    // For every call of this session: one more would be refused as well, and counted.
    this.#notBefore = Math.max(this.#notBefore, performance.now() + Math.max(asked, own));
  }

  async #turn(context: Context): Promise<void> {
    for (let left = this.#left(); left > 0; left = this.#left()) {
      context.status(`waiting ${Math.ceil(left / 1_000)} s: Cloudflare takes no more calls until then`);
      await pause(left, context.signal);
    }
  }

  #left(): number {
    return this.#notBefore - performance.now();
  }

  #sdk(): Promise<Sdk> {
    this.#loaded ??= load(this.#settings).catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  /** Asked for once. That another step's question failed, or ended with it, is not this one's failure. */
  async zone(zoneId: string, context: Context): Promise<Zone> {
    const known = await this.#zones.get(zoneId)?.catch(() => undefined);
    if (known) return known;
    const asked: Asked = { action: "read", what: `the zone ${zoneId}`, needs: "Zone:Read" };
    const zone = this.call(context, asked, (client, options) => client.zones.get({ zone_id: zoneId }, options));
    this.#zones.set(zoneId, zone);
    return await zone;
  }

  /** All that fit, but no more than `most`. */
  async zones(query: ZoneListParams, context: Context, most = Number.POSITIVE_INFINITY): Promise<Zone[]> {
    const asked: Asked = { action: "list", what: "zones", needs: "Zone:Read" };
    return await this.#pages(most, (page) =>
      this.call(context, asked, async (client, options) => {
        const { result } = await client.zones.list({ ...query, page, per_page: pageSize }, options);
        return result;
      }),
    );
  }

  /** Of this very name. */
  recordsAt(zoneId: string, name: string, context: Context): Promise<RecordResponse[]> {
    return this.records(zoneId, { name: { exact: name } }, name, context);
  }

  /** All that fit, but no more than `most`; `what` they are of is for whoever reads that it failed. */
  async records(
    zoneId: string,
    query: RecordQuery,
    what: string,
    context: Context,
    most = Number.POSITIVE_INFINITY,
  ): Promise<RecordResponse[]> {
    const asked: Asked = { action: "list", what: `the records of ${what}`, needs: "DNS:Read" };
    return await this.#pages(most, (page) =>
      this.call(context, asked, async (client, options) => {
        const whole = { ...query, zone_id: zoneId, page, per_page: pageSize };
        return (await client.dns.records.list(whole, options)).result;
      }),
    );
  }

  /** A page that is not full is the last. */
  async #pages<T>(most: number, get: (page: number) => Promise<T[]>): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ; page++) {
      const items = await get(page);
      all.push(...items);
      if (all.length >= most) return all.slice(0, most);
      if (items.length < pageSize) return all;
    }
  }

  hasCode(error: unknown, codes: readonly string[]): boolean {
    return error instanceof ApiFailure && codes.some((code) => error.codes.includes(code));
  }

  isUnreadable(error: unknown): boolean {
    return error instanceof ApiFailure && error.unreadable;
  }

  /** `call` has looked already for what earlier attempts made. */
  wasRepeated(): boolean {
    return false;
  }

  async close(): Promise<void> {
    this.#zones.clear();
  }
}

/** The SDK with the two parts that are used, which a bundler leaves out until then. It looks nothing up by itself. */
async function load({ apiToken, account, userServiceKey, baseUrl }: Settings): Promise<Sdk> {
  const [{ createClient }, { BaseZones }, { BaseRecords }, { APIConnectionError }] = await Promise.all([
    import("cloudflare/tree-shakable"),
    import("cloudflare/resources/zones/zones"),
    import("cloudflare/resources/dns/records"),
    import("cloudflare/core/error"),
  ]);
  const client = createClient({
    resources: [BaseZones, BaseRecords],
    apiToken: apiToken ?? null,
    apiKey: account?.apiKey ?? null,
    apiEmail: account?.email ?? null,
    userServiceKey: userServiceKey ?? null,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: patience.silence,
    logLevel: "off",
    // Its own name and version, and nothing of this computer.
    defaultHeaders: { "user-agent": "freehold" },
    // Nobody else gets the token.
    fetchOptions: { redirect: "error" },
  });
  return { client, isConnection: (cause) => cause instanceof APIConnectionError };
}
