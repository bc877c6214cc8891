/**
 * The same calls to our local cloud and to another AWS, compared member by member. What is invented for each (ids,
 * dates, hosts) is told alike; status, error code, message and every member of the answer are not.
 */

/** What a scenario remembers on its way: ARNs, revisions, versions. Each side has its own. */
export type Kept = Record<string, string>;

export interface Call {
  /** The operation, as its command is called without `Command`. */
  operation: string;
  /** With the operation a call's name: what it is about. */
  about: string;
  input: object | ((kept: Kept) => object);
  /** Takes from the answer what later calls need. */
  keep?: (answer: any) => Kept;
  /** Asked again until it says so: what takes its time is waited for, on both sides. */
  until?: (answer: any) => boolean;
  /** Members that no two AWSs have alike, such as a list that AWS itself fills. */
  without?: readonly string[];
  /** Lists whose order AWS does not promise, by the member that their entries are put in order by. */
  unordered?: Readonly<Record<string, string>>;
}

type More = Pick<Call, "keep" | "until" | "without" | "unordered">;

/** A line of a scenario. */
export const call = (operation: string, about: string, input: Call["input"] = {}, more: More = {}): Call => ({
  ...{ operation, about, input },
  ...more,
});

/** Members of an answer by their path, such as `Configuration.Layers.0.Arn`. */
export type Members = Map<string, string>;

interface Client {
  send(command: any): Promise<any>;
}

export interface Side {
  client: Client;
  /** The SDK client's module. */
  api: object;
  accountId: string;
  endpoint: string;
  /** A name that no other run has, for what is global: `kept.unique`. */
  unique: string;
}

/** Makes all calls in order; the answers in the same order. */
export async function play(calls: readonly Call[], side: Side): Promise<Members[]> {
  const kept: Kept = { unique: side.unique, accountId: side.accountId };
  const answers: Members[] = [];
  for (const one of calls) answers.push(await answerOf(one, side, kept));
  return answers;
}

async function answerOf(one: Call, side: Side, kept: Kept): Promise<Members> {
  const Command = (side.api as Record<string, new (input: object) => unknown>)[`${one.operation}Command`]!;
  const said: Record<string, unknown> = {};
  try {
    const { $metadata, ...answer } = await asked(one, () =>
      side.client.send(new Command(typeof one.input === "function" ? one.input(kept) : one.input)),
    );
    Object.assign(kept, one.keep?.(answer));
    for (const [list, key] of Object.entries(one.unordered ?? {}))
      answer[list]?.sort((a: any, b: any) => (a[key] < b[key] ? -1 : 1));
    Object.assign(said, { status: $metadata.httpStatusCode }, await read(answer));
  } catch (thrown) {
    const error = thrown as Error & { $metadata?: { httpStatusCode?: number } };
    if (!error.$metadata?.httpStatusCode) throw thrown;
    Object.assign(said, { status: error.$metadata.httpStatusCode, error: error.name, message: error.message });
    for (const [name, value] of Object.entries(error))
      if (
        ![
          "$metadata",
          "$fault",
          "$retryable",
          "$response",
          "name",
          "message",
          "__type",
          "Error",
          "RequestId",
          "xmlns",
          "Code",
        ].includes(name)
      )
        said[name] = value;
  }
  const members: Members = new Map();
  for (const [name, value] of Object.entries(said))
    if (!one.without?.includes(name)) flatten(name, value, side, members);
  return members;
}

async function asked(one: Call, send: () => Promise<any>): Promise<any> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await send();
    if (!one.until || one.until(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${one.operation} ${one.about}: it does not come to an end`);
}

/** Bodies are read whole. */
async function read(answer: Record<string, any>): Promise<Record<string, unknown>> {
  const body = answer["Body"] ?? answer["Payload"];
  if (typeof body?.transformToString !== "function") return answer;
  return { ...answer, Body: await body.transformToString() };
}

function flatten(path: string, value: unknown, side: Side, members: Members): void {
  if (value === undefined || value === null) return;
  if (value instanceof Date) members.set(path, "<date>");
  else if (value instanceof Uint8Array) members.set(path, Buffer.from(value).toString());
  else if (Array.isArray(value) && value.length === 0) members.set(path, "[]");
  else if (typeof value === "object") {
    const entries = Object.entries(value);
    if (entries.length === 0) members.set(path, "{}");
    for (const [name, inner] of entries) flatten(`${path}.${name}`, inner, side, members);
  } else if (typeof value === "string" && /^(?:[[{]|%7B).*(?:[\]}]|%7D)$/s.test(value))
    flatten(path, parsed(value), side, members);
  else members.set(path, normal(String(value), side));
}

/** A document in a string is compared as what it says, not as it is laid out. */
function parsed(text: string): unknown {
  try {
    return { json: JSON.parse(text.startsWith("%") ? decodeURIComponent(text) : text) };
  } catch {
    return { text: ` ${text}` };
  }
}

/** In this order: a later one finds what an earlier one left. */
const invented: readonly [RegExp, string][] = [
  [/https?:\/\/[a-z0-9-]+(?:\.|--)lambda-url\.[^ "/]+/g, "<function URL>"],
  [/^https?:.*(?:\/_lambda\/code\/|awslambda-).*$/, "<location>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<uuid>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, "<date>"],
  [/<date>\.\d{3,6}/g, "<date>.000"],
  [/\b1\d{12}\b/g, "<ms>"],
  [/\b1\d{9}(\.\d+)?\b/g, "<s>"],
  [/\b(A(?:IDA|ROA|NPA|GPA|KIA|SIA))[A-Z0-9]{12,18}\b/g, "$1"],
  [/:runtime:[0-9a-f]{64}/g, ":runtime:<hash>"],
];

function normal(text: string, side: Side): string {
  const host = new URL(side.endpoint).host;
  let told = text
    .replaceAll(side.accountId, "<account>")
    .replaceAll(side.unique, "<unique>")
    .replaceAll(host, "<host>");
  for (const [pattern, name] of invented) told = told.replace(pattern, name);
  return told;
}

export interface Difference {
  /** `OPERATION ABOUT: MEMBER` */
  at: string;
  ours: string | undefined;
  theirs: string | undefined;
}

/** Where one answers an error, its code and words say it all: members of the other's success are no difference more. */
export function differences(one: Call, ours: Members, theirs: Members): Difference[] {
  const at = (path: string): string => `${one.operation} ${one.about}: ${path}`;
  if (ours.has("error") !== theirs.has("error") || ours.get("status") !== theirs.get("status"))
    return [{ at: at("outcome"), ours: outcome(ours), theirs: outcome(theirs) }];
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((path) => ours.get(path) !== theirs.get(path))
    .map((path) => ({ at: at(path), ours: ours.get(path), theirs: theirs.get(path) }));
}

const outcome = (members: Members): string =>
  ["status", "error", "message"].flatMap((name) => members.get(name) ?? []).join(" ");

export interface Known {
  than: "moto" | "LocalStack";
  service: string;
  /** Of `Difference.at`. */
  at: RegExp;
  /** What each side says, where that is part of the difference. */
  ours?: RegExp;
  theirs?: RegExp;
  /** How many differences are of this kind. */
  times: number;
  right: "ours" | "theirs" | "both";
  /** For people: what differs, and what says who is right. */
  why: string;
}

export const isKnown = ({ at, ours, theirs }: Known, difference: Difference): boolean =>
  at.test(difference.at) &&
  (ours === undefined || ours.test(difference.ours ?? "")) &&
  (theirs === undefined || theirs.test(difference.theirs ?? ""));
