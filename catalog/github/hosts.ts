/**
 * Which hosts a GitHub is: its API and the ones it sends archives from, by exact name. Everything else is somebody else,
 * wherever an answer points.
 */
import { faults } from "./faults.ts";

export interface Hosts {
  /** Without a slash at the end. */
  api: string;
  /** `HOST[:PORT]` of the API: the only one that is ever shown a token. */
  apiHost: string;
  /** Those archives may come from. */
  archiveHosts: readonly string[];
  /** Plain HTTP is spoken with nobody but this computer itself. */
  loopback: boolean;
}

export const publicApi = "https://api.github.com";

/** From GITHUB_API_URL as GitHub's own tools have it; absent: github.com. Throws `github-address`. */
export function hostsOf(apiUrl: string = publicApi): Hosts {
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
  const loopback = url?.protocol === "http:" && url.hostname === "127.0.0.1";
  if (!url || !(url.protocol === "https:" || loopback) || url.username || url.search || url.hash)
    throw faults.address(apiUrl);
  const { host, port } = url;
  return {
    api: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
    apiHost: host,
    // On loopback `localhost` stands for the second host that archives have everywhere else.
    archiveHosts: loopback ? [`localhost:${port}`] : [host, `codeload.${host.replace(/^api\./, "")}`],
    loopback,
  };
}

/**
 * Where an answer may send us. `archive`: the request is for one. Throws `github-redirect`, which names the host only:
 * the rest of an address may be signed.
 */
export function admitRedirect(hosts: Hosts, from: URL, location: string, archive: boolean): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (!to) throw faults.redirect("an address that is none");
  if (to.protocol !== "https:" && !(hosts.loopback && to.protocol === "http:"))
    throw faults.redirect(`${to.protocol}//${to.host}`);
  const allowed = archive ? [hosts.apiHost, ...hosts.archiveHosts] : [hosts.apiHost];
  if (!allowed.includes(to.host) || to.username || to.password) throw faults.redirect(to.host);
  return to;
}
