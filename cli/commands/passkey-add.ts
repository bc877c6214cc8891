/** `passkey add`: a one-use link to the page on which the owner enrols a passkey; in a terminal the browser opens it. */
import { openBrowser } from "../browser.ts";
import type { Input, Outcome } from "../command.ts";
import { readApps } from "../registry.ts";
import { enterAccess, signinSite } from "../who.ts";
import { homeOf } from "./open.ts";

export interface PasskeyAddDocument {
  /** The host that the passkey will be good for. */
  host: string;
  /** Good once, for `linkSeconds`. */
  link: string;
  opened: boolean;
}

export async function run(input: Input): Promise<Outcome> {
  const { config, cloud } = await enterAccess(input);
  const foundation = await signinSite(cloud);
  const home = homeOf(readApps(input.paths, config.name));
  const { mintLink } = await import("../../stacks/deploy.ts");
  const link = await mintLink(cloud, foundation, { purpose: "enrol", ...(home ? { app: home.name } : {}) });
  const opened = input.interactive && (await openBrowser(link, input.env));
  return { document: { host: new URL(foundation.signinUrl).hostname, link, opened } satisfies PasskeyAddDocument };
}
