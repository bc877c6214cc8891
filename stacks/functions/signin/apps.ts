/**
 * Where an app is: what the account says of its gate, never what a request says. People are sent to these addresses and
 * to no other.
 */
import { awsCall, bytesOf } from "../shared/aws-call.ts";
import { localPort } from "../shared/local-port.ts";
import { config, secondsNow } from "./config.ts";

/** As in a manifest; anything else is not even asked about. */
const isName = (app: string): boolean => /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/.test(app) && !app.includes("--");
const notApps = new Set(["foundation", "signin", "things"]);

const knownFor = 60;
const known = new Map<string, { address: string; until: number }>();

/** With a slash at its end; null: there is no such app. */
export async function addressOf(app: string | undefined): Promise<string | null> {
  if (!app || !isName(app) || notApps.has(app)) return null;
  const now = secondsNow();
  const seen = known.get(app);
  if (seen && seen.until > now) return seen.address;
  const address = await ask(app);
  if (address) known.set(app, { address, until: now + knownFor });
  return address;
}

async function ask(app: string): Promise<string | null> {
  const response = await awsCall({
    service: "lambda",
    method: "GET",
    path: `/2021-10-31/functions/${config.cloud}--${app}--gate/url`,
    timeoutMs: 5000,
  });
  const text = (await bytesOf(response.body)).toString("utf8");
  if (response.status === 404) return null;
  if (response.status !== 200) throw new Error(`asking for the address of ${app} was answered ${response.status}`);
  if (config.localHost) return `http://${app}--${config.cloud}.localhost:${localPort()}/`;
  const { FunctionUrl } = JSON.parse(text) as { FunctionUrl: string };
  return FunctionUrl.replace(/\/?$/, "/");
}

/** Where the app's gate begins to sign a browser in, whatever it is. */
export const beginning = (address: string, to = "/"): string =>
  `${address}.freehold/signin?to=${encodeURIComponent(to)}`;
