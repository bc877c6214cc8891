/** A request's condition keys: the global ones, and those of its need. Each is worked out only when a policy names it. */
import type { Context } from "../iam/policy/index.ts";
import type { Call, CallerPolicies, Clock, Need } from "../service.ts";
import { principalOf } from "./principal.ts";

interface Known {
  call: Call;
  need: Need;
  entity: CallerPolicies | null;
  clock: Clock;
}

type Value = string | undefined;

/** Of AWS's global keys, those that can have a value here. */
const globals: Readonly<Record<string, (known: Known) => Value>> = {
  "aws:currenttime": ({ clock }) => new Date(clock.now()).toISOString().replace(/\.\d{3}Z$/, "Z"),
  "aws:epochtime": ({ clock }) => String(Math.floor(clock.now() / 1000)),
  "aws:federatedprovider": ({ call }) => call.caller?.session?.provider,
  // Temporary credentials say it, long-term keys do not have it. No device is known here.
  "aws:multifactorauthpresent": ({ call }) => (call.caller?.session ? "false" : undefined),
  "aws:principalaccount": ({ call }) => call.caller?.accountId,
  "aws:principalarn": ({ call }) => call.caller?.roleArn ?? call.caller?.arn,
  "aws:principalisawsservice": () => "false",
  "aws:principaltype": ({ call }) => types[principalOf(call.caller, call.accountId).kind],
  "aws:referer": ({ call }) => call.headers["referer"],
  "aws:requestedregion": ({ call }) => (global.has(call.service) ? "us-east-1" : call.region),
  "aws:resourceaccount": ({ call }) => call.accountId,
  // A loopback address stands for AWS's HTTPS endpoints: nothing leaves the computer.
  "aws:securetransport": () => "true",
  "aws:sourceidentity": ({ call }) => call.caller?.session?.sourceIdentity,
  "aws:sourceip": ({ call }) => call.remoteAddress.replace(/^::ffff:/, "") || undefined,
  "aws:tokenissuetime": ({ call: { caller } }) =>
    caller?.session && new Date(caller.session.issuedAt).toISOString().replace(/\.\d{3}Z$/, "Z"),
  "aws:useragent": ({ call }) => call.headers["user-agent"],
  "aws:userid": ({ call }) => call.caller?.userId ?? "anonymous",
  "aws:username": ({ call: { caller, accountId } }) =>
    caller && principalOf(caller, accountId).kind === "user" ? caller.arn.split("/").at(-1) : undefined,
  "aws:viaawsservice": () => "false",
};

/** Differ from call to call; the other global keys are the caller's, or the same for everybody. */
const ofRequest = new Set(
  "aws:currenttime aws:epochtime aws:referer aws:requestedregion aws:sourceip aws:useragent".split(" "),
);

/** Services without regions are asked in this one. */
const global = new Set(["iam"]);

const types: Readonly<Record<string, string>> = {
  root: "Account",
  user: "User",
  role: "AssumedRole",
  "federated-user": "FederatedUser",
  anonymous: "Anonymous",
};

const principalTag = "aws:principaltag/";

export class RequestContext implements Context {
  readonly #known: Known;
  #own: Map<string, readonly string[]> | undefined;
  /** Whether anything was asked for that another call of the same caller might have otherwise. */
  askedOfRequest = false;
  /** Whether a key was asked for that the need gives, or leaves out. */
  askedOfNeed = false;

  constructor(call: Call, need: Need, entity: CallerPolicies | null, clock: Clock) {
    this.#known = { call, need, entity, clock };
  }

  get(key: string): readonly string[] | undefined {
    if (key.startsWith(principalTag)) return listOf(this.#tag(key.slice(principalTag.length)));
    const known = Object.hasOwn(globals, key) ? globals[key] : undefined;
    if (known) {
      if (ofRequest.has(key)) this.askedOfRequest = true;
      return listOf(known(this.#known));
    }
    this.askedOfNeed = true;
    this.#own ??= lowered(this.#known.need);
    return this.#own.get(key);
  }

  /** A session's tags go before its role's. */
  #tag(name: string): Value {
    const { call, entity } = this.#known;
    for (const tags of [call.caller?.session?.tags, entity?.tags])
      for (const [key, value] of Object.entries(tags ?? {})) if (key.toLowerCase() === name) return value;
    return undefined;
  }
}

const listOf = (value: Value): readonly string[] | undefined => (value === undefined ? undefined : [value]);

function lowered({ keys }: Need): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(keys?.() ?? {}))
    if (value !== undefined) found.set(key.toLowerCase(), typeof value === "string" ? [value] : value);
  return found;
}
