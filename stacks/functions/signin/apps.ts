/**
 * Where an app is: what the account says of its gate, never what a request says. People are sent to these addresses and
 * to no other.
 */
import { awsCall, bytesOf } from "../shared/aws-call.ts";
import { hostsIn, toldIn } from "../shared/hosts.ts";
import { localPort } from "../shared/local-port.ts";
import { config, secondsNow } from "./config.ts";

/** As in a manifest; anything else is not even asked about. */
const isName = (app: string): boolean => /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/.test(app) && !app.includes("--");
const notApps = new Set(["foundation", "signin", "things"]);

/** Seconds; a host that is not known may be new, and is asked about again sooner. */
const knownFor = 60;
const unknownFor = 5;
const known = new Map<string, { addresses: Addresses; at: number }>();

interface Addresses {
  /** Of the gate's function URL, with a slash at its end. */
  own: string;
  /** Names of the owner's. */
  hosts: string[];
  /** The address by one of them, where something in DNS leads to it. */
  told?: string;
}

/** Where people are sent who did not come from the app; with a slash at its end. Null: there is no such app. */
export const addressOf = (app: string | undefined): Promise<string | null> =>
  addressBy(app, ({ own, told }) => told ?? own);

/** Where somebody came from: the host that the gate named, or its own. Null, too, when nobody but the request has it so. */
export const addressAt = (app: string | undefined, host: string | undefined): Promise<string | null> =>
  addressBy(app, ({ own, hosts }) => {
    if (host === undefined) return own;
    return hosts.includes(host) ? `https://${host}/` : null;
  });

async function addressBy(
  app: string | undefined,
  choose: (addresses: Addresses) => string | null,
): Promise<string | null> {
  if (!app || !isName(app) || notApps.has(app)) return null;
  const now = secondsNow();
  const seen = known.get(app);
  const before = seen ? choose(seen.addresses) : null;
  if (seen && seen.at + (before ? knownFor : unknownFor) > now) return before;
  const addresses = await ask(app);
  if (!addresses) return null;
  known.set(app, { addresses, at: now });
  return choose(addresses);
}

async function ask(app: string): Promise<Addresses | null> {
  const url = await lambda(`/2021-10-31/functions/${config.cloud}--${app}--gate/url`);
  if (!url) return null;
  const { FunctionUrl, FunctionArn } = url as { FunctionUrl: string; FunctionArn: string };
  const tagged = await lambda(`/2017-03-31/tags/${encodeURIComponent(FunctionArn)}`);
  const tags = (tagged?.["Tags"] ?? {}) as Record<string, string>;
  const told = toldIn(tags);
  const local = `http://${app}--${config.cloud}.localhost:${localPort()}/`;
  return {
    own: config.localHost ? local : FunctionUrl.replace(/\/?$/, "/"),
    hosts: hostsIn(tags),
    ...(told ? { told } : {}),
  };
}

/** Null: there is no such function. */
async function lambda(path: string): Promise<Record<string, unknown> | null> {
  const response = await awsCall({ service: "lambda", method: "GET", path, timeoutMs: 5000 });
  const text = (await bytesOf(response.body)).toString("utf8");
  if (response.status === 404) return null;
  if (response.status !== 200) throw new Error(`asking Lambda for ${path} was answered ${response.status}`);
  return JSON.parse(text) as Record<string, unknown>;
}

let ownHost: string | undefined;

/** The host of this site that it has whatever names lead to it; asked for once. */
export async function hostOfOwn(): Promise<string> {
  if (config.localHost) return config.localHost;
  if (ownHost) return ownHost;
  const url = await lambda(`/2021-10-31/functions/${config.cloud}--foundation--signin/url`);
  if (!url) throw new Error("sign-in has no address");
  ownHost = new URL(String(url["FunctionUrl"])).hostname;
  return ownHost;
}

/** Where the app's gate begins to sign a browser in, whatever it is. */
export const beginning = (address: string, to = "/"): string =>
  `${address}.freehold/signin?to=${encodeURIComponent(to)}`;
