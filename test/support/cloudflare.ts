/**
 * A small fake of Cloudflare's v4 API on loopback: zones of several accounts and their DNS records, tokens with scopes,
 * paging, its limit of calls, its error shapes, and what it makes of names and contents. Faults are rules with a number of
 * times. It knows nothing of the provider that is tried on it.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { domainToASCII } from "node:url";
import { listen } from "./listen.ts";

type Json = { [name: string]: unknown };

export interface FakeZone {
  id: string;
  name: string;
  account: { id: string; name: string };
  status: "active" | "pending" | "initializing" | "moved";
}

export interface FakeRecord extends Json {
  id: string;
  type: string;
  name: string;
  content: string;
}

export interface FakeToken {
  /** Of which zones: their ids. */
  zones: string[] | "all";
  scopes: ("Zone:Read" | "DNS:Read" | "DNS:Edit")[];
}

export interface CloudflareFault {
  /** Of `POST /zones/ID/dns_records`. */
  on: RegExp;
  times: number;
  how:
    | { kind: "answer"; status: number; body?: unknown; headers?: Record<string, string> }
    /** The connection ends; `reached`: the call was carried out first. */
    | { kind: "reset"; reached: boolean }
    /** Carried out, 200, and the body stops in the middle. */
    | { kind: "truncate" }
    /** Called before the call is carried out. */
    | { kind: "meanwhile"; run: () => void };
}

class Refusal extends Error {
  readonly status: number;
  readonly errors: Json[];
  readonly headers: Record<string, string>;
  constructor(status: number, code: number, message: string, headers: Record<string, string> = {}, chain?: Json[]) {
    super(message);
    this.status = status;
    this.errors = [{ code, message, ...(chain ? { error_chain: chain } : {}) }];
    this.headers = headers;
  }
}

export const id = (): string => randomBytes(16).toString("hex");
/** As they look: 40 letters, digits, `-` and `_`. */
export const newToken = (): string => `${randomBytes(29).toString("base64url")}_`.slice(0, 40).padEnd(40, "x");

const proxiable = new Set(["A", "AAAA", "CNAME"]);
const byData = new Set("CAA CERT DNSKEY DS HTTPS LOC NAPTR SMIMEA SRV SSHFP SVCB TLSA URI".split(" "));

export class CloudflareFake {
  readonly zones: FakeZone[] = [];
  readonly records = new Map<string, FakeRecord[]>();
  readonly tokens = new Map<string, FakeToken>();
  /** `METHOD /path?query` of each call, in order. */
  readonly seen: string[] = [];
  faults: CloudflareFault[] = [];
  /** How many calls are left until it refuses; put back to `limit` when its time is over. */
  left = 1_200;
  retryAfterSeconds = 1;
  endpoint = "";
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<this> {
    this.endpoint = `${await listen(this.#server)}/client/v4`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  addZone(name: string, account: FakeZone["account"], status: FakeZone["status"] = "active"): FakeZone {
    const zone = { id: id(), name, account, status };
    this.zones.push(zone);
    this.records.set(zone.id, []);
    return zone;
  }

  addToken(token: FakeToken): string {
    const text = newToken();
    this.tokens.set(text, token);
    return text;
  }

  /** As somebody else makes it, in the dashboard. */
  addRecord(zone: FakeZone, record: Json): FakeRecord {
    return this.#create(zone, record);
  }

  recordsOf(zone: FakeZone): FakeRecord[] {
    return this.records.get(zone.id)!;
  }

  count(pattern: RegExp): number {
    return this.seen.filter((line) => pattern.test(line)).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", "http://fake");
    const path = url.pathname.replace("/client/v4", "");
    const line = `${request.method} ${path}${url.search}`;
    this.seen.push(line);
    const rule = this.faults.find((one) => one.times > 0 && one.on.test(line));
    if (rule) rule.times -= 1;
    const how = rule?.how;
    if (how?.kind === "reset" && !how.reached) return void request.socket.destroy();
    if (how?.kind === "answer") {
      response.writeHead(how.status, { "content-type": "application/json", ...how.headers });
      return void response.end(typeof how.body === "string" ? how.body : JSON.stringify(how.body ?? {}));
    }
    if (how?.kind === "meanwhile") how.run();
    const { status, body, headers } = this.#carriedOut(request, url, path, Buffer.concat(chunks).toString());
    if (how?.kind === "reset") return void request.socket.destroy();
    const text = JSON.stringify(body);
    response.writeHead(status, {
      "content-type": "application/json",
      "cf-ray": "8f00ba4-FRA",
      "content-length": Buffer.byteLength(text),
      ...headers,
    });
    if (how?.kind !== "truncate") return void response.end(text);
    response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
  }

  #carriedOut(request: IncomingMessage, url: URL, path: string, text: string) {
    try {
      if (this.left <= 0) {
        setTimeout(() => (this.left = 1_200), this.retryAfterSeconds * 1_000).unref();
        const message = "Please wait and consider throttling your request speed";
        throw new Refusal(429, 971, message, { "retry-after": String(this.retryAfterSeconds) });
      }
      this.left -= 1;
      const token = this.#token(request.headers.authorization);
      const more = this.#route(request.method ?? "", url, path, text === "" ? {} : (JSON.parse(text) as Json), token);
      return { status: 200, body: { ...more, success: true, errors: [], messages: [] }, headers: {} };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const body = { result: null, success: false, errors: error.errors, messages: [] };
      return { status: error.status, body, headers: error.headers };
    }
  }

  #token(header: string | undefined): FakeToken {
    if (header === undefined) throw new Refusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
    const text = header.replace(/^Bearer /, "");
    const chain = [{ code: 6111, message: "Invalid format for Authorization header" }];
    if (!/^[\w-]{40}$/.test(text)) throw new Refusal(400, 6003, "Invalid request headers", {}, chain);
    const token = this.tokens.get(text);
    if (!token) throw new Refusal(401, 1000, "Invalid API Token");
    return token;
  }

  #route(method: string, url: URL, path: string, body: Json, token: FakeToken): Json {
    const [, zones, zoneId, part, recordId] = path.split("/");
    if (zones !== "zones") throw new Refusal(404, 7000, "No route for that URI");
    const reach = (zone: FakeZone): boolean => token.zones === "all" || token.zones.includes(zone.id);
    if (zoneId === undefined) {
      const readable = token.scopes.includes("Zone:Read") ? this.zones.filter(reach) : [];
      return this.#paged(url, readable.filter(zoneFilter(url)).map(zoneJson), 50);
    }
    const zone = this.zones.find((one) => one.id === zoneId);
    if (!zone) {
      const message = `Could not route to /client/v4${path}, perhaps your object identifier is invalid?`;
      throw new Refusal(404, 7003, message);
    }
    if (!reach(zone)) throw new Refusal(403, 9109, "Unauthorized to access requested resource");
    if (part === undefined) {
      if (!token.scopes.includes("Zone:Read"))
        throw new Refusal(403, 9109, "Unauthorized to access requested resource");
      return { result: zoneJson(zone) };
    }
    const enough = method === "GET" ? ["DNS:Read", "DNS:Edit"] : ["DNS:Edit"];
    if (!token.scopes.some((scope) => enough.includes(scope))) throw new Refusal(403, 10000, "Authentication error");
    return this.#recordRoute(method, url, zone, recordId, body);
  }

  #recordRoute(method: string, url: URL, zone: FakeZone, recordId: string | undefined, body: Json): Json {
    const all = this.recordsOf(zone);
    if (recordId === undefined) {
      if (method === "POST") return { result: this.#create(zone, body) };
      const fits = recordFilter(url);
      return this.#paged(url, all.filter(fits), 5_000);
    }
    const at = all.findIndex((one) => one.id === recordId);
    if (at === -1) throw new Refusal(404, 81044, "Record does not exist.");
    if (method === "DELETE") return { result: { id: all.splice(at, 1)[0]!.id } };
    if (method !== "PUT") return { result: all[at] };
    const old = all[at]!;
    const rest = all.filter((one) => one !== old);
    const changed = { ...formed(zone, body, rest, old), id: old.id, created_on: old["created_on"] };
    all[at] = changed as unknown as FakeRecord;
    return { result: changed };
  }

  #create(zone: FakeZone, body: Json): FakeRecord {
    const all = this.recordsOf(zone);
    const record = { ...formed(zone, body, all), id: id() } as FakeRecord;
    all.push(record);
    return record;
  }

  #paged(url: URL, all: unknown[], most: number): Json {
    const [page, size] = ["page", "per_page"].map((name) => Number(url.searchParams.get(name) ?? "0"));
    const per_page = Math.min(size || 20, most);
    const at = ((page || 1) - 1) * per_page;
    const result = all.slice(at, at + per_page);
    const total_pages = Math.ceil(all.length / per_page);
    return {
      result,
      result_info: { page: page || 1, per_page, count: result.length, total_count: all.length, total_pages },
    };
  }
}

function recordFilter(url: URL): (record: FakeRecord) => boolean {
  const said = (name: string): string | null => url.searchParams.get(name);
  const [name, start, content, type] = ["name.exact", "name.startswith", "content.exact", "type"].map(said);
  return (record) =>
    (!name || record.name === name) &&
    (!start || record.name.startsWith(start)) &&
    (!content || record.content === content) &&
    (!type || record.type === type);
}

function zoneFilter(url: URL): (zone: FakeZone) => boolean {
  const said = (name: string): string | null => url.searchParams.get(name);
  const [name, status, account, accountName] = ["name", "status", "account.id", "account.name"].map(said);
  return (zone) =>
    (!name || zone.name === name) &&
    (!status || zone.status === status) &&
    (!account || zone.account.id === account) &&
    (!accountName || zone.account.name === accountName);
}

function zoneJson(zone: FakeZone): Json {
  return {
    ...zone,
    type: "full",
    paused: false,
    development_mode: 0,
    name_servers: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    activated_on: zone.status === "active" ? "2026-01-02T03:04:05.000000Z" : null,
    created_on: "2026-01-01T00:00:00.000000Z",
    modified_on: "2026-01-02T03:04:05.000000Z",
    meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
    owner: { id: null, type: "user", email: null },
    plan: {
      id: "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
      name: "Free Website",
      price: 0,
      currency: "USD",
      legacy_id: "free",
    },
    permissions: ["#dns_records:edit", "#zone:read"],
    tenant: { id: null, name: null },
    tenant_unit: { id: null },
  };
}

const plainHost = (text: string): string => {
  const plain = text.replace(/\.$/, "").toLowerCase();
  return domainToASCII(plain) || plain;
};

function wholeName(zone: FakeZone, said: string): string {
  const plain = plainHost(said);
  if (plain === "@" || plain === zone.name) return zone.name;
  return plain.endsWith(`.${zone.name}`) ? plain : `${plain}.${zone.name}`;
}

function contentOf(type: string, body: Json, data: Json): string {
  const said = String(body["content"] ?? "");
  if (["CNAME", "MX", "NS", "PTR"].includes(type)) return plainHost(said);
  if (type === "AAAA") return new URL(`http://[${said}]`).hostname.slice(1, -1);
  if (type === "TXT") return /^".*"$/s.test(said) ? said : JSON.stringify(said);
  if (type === "SRV") return `${data["weight"]} ${data["port"]} ${data["target"]}`;
  if (type === "CAA") return `${data["flags"]} ${data["tag"]} "${data["value"]}"`;
  return byData.has(type) ? Object.values(data).join(" ") : said;
}

/** The record as it is kept, or why not. */
function formed(zone: FakeZone, body: Json, others: FakeRecord[], old?: FakeRecord): Json {
  const { type, ttl, comment, tags = [], settings = {}, proxied = false } = body as Json & { type: string };
  const name = wholeName(zone, String(body["name"]));
  const invalid = (code: number, message: string): Refusal =>
    new Refusal(400, 1004, "DNS Validation Error", {}, [{ code, message }]);
  if (byData.has(type) && (body["data"] === undefined || body["content"] !== undefined))
    throw invalid(9101, "data is a required data object.");
  if (["MX", "URI"].includes(type) && body["priority"] === undefined)
    throw invalid(9020, "priority is a required field");
  if (proxied && !proxiable.has(type)) throw invalid(9004, "This record type cannot be proxied.");
  const data = { ...((body["data"] as Json | undefined) ?? {}) };
  if (typeof data["target"] === "string") data["target"] = plainHost(data["target"]);
  const content = contentOf(type, body, data);
  const at = others.filter((one) => one.name === name);
  const address = (one: string): boolean => one === "A" || one === "AAAA";
  if (type === "CNAME" && at.some((one) => address(one.type) || one.type === "CNAME"))
    throw new Refusal(400, 81053, "An A, AAAA, or CNAME record with that host already exists.");
  if (address(type) && at.some((one) => one.type === "CNAME"))
    throw new Refusal(400, 81054, "A CNAME record with that host already exists.");
  const priority = type === "SRV" ? data["priority"] : body["priority"];
  if (at.some((one) => one.type === type && one.content === content && one["priority"] === priority))
    throw new Refusal(400, 81058, "An identical record already exists.");
  const now = new Date().toISOString();
  return {
    ...{ name, type, content, proxied, ttl: proxied ? 1 : ttl, settings, tags, proxiable: proxiable.has(type) },
    ...(byData.has(type) ? { data } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(body["private_routing"] === undefined ? {} : { private_routing: body["private_routing"] }),
    comment: comment === "" || comment === undefined ? null : comment,
    ...(comment ? { comment_modified_on: now } : {}),
    meta: {},
    created_on: old?.["created_on"] ?? now,
    modified_on: now,
  };
}

export async function startCloudflare(): Promise<CloudflareFake> {
  return await new CloudflareFake().start();
}
