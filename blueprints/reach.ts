/**
 * What a blueprint's parts may reach, from its manifest alone. The rights of its functions are made from the same
 * grants (stacks/components/rights.ts), so that what a card says is what IAM lets them do. Knows no ARN and no cloud.
 */
import type { Reach } from "./card.ts";
import { cloudUse, dataUse, grantMeans } from "./cloud-grant.ts";
import { type FunctionDefinition, type Manifest, type Route, rate, routesOf } from "./manifest.ts";
import { relaxes } from "./safe-headers.ts";

/** One thing a function may do. */
export type Grant =
  | { kind: "table" | "bucket"; name: string; may: "read" | "write" }
  | { kind: "function"; name: string; may: "call" }
  | { kind: "secrets"; names: string[] }
  /** What is installed in the cloud, its doors and its access log: more than the app's own things. */
  | { kind: "cloud"; may: "read" }
  /** What every app and thing of the cloud stores. */
  | { kind: "data"; may: "read" };

/** Grants that reach further than the app's own things. */
const beyondOwn = [cloudUse, dataUse] as const;

/** What functions of this app ask for beyond the app's own things. */
export function grantsAsked(manifest: Manifest): string[] {
  const asked = new Set(
    Object.values(manifest.functions).flatMap((one) => grantsOf(manifest, one).map(({ kind }) => kind)),
  );
  return beyondOwn.filter((one) => asked.has(one));
}

/** Names of the secret settings, sorted: every function may read each of them, and nothing else may. */
export function secretSettings(manifest: Manifest): string[] {
  return Object.entries(manifest.settings)
    .filter(([, { type }]) => type === "secret")
    .map(([name]) => name)
    .sort();
}

/** In the order in which they become statements. Names are looked up as the manifest's own, never as a prototype's. */
export function grantsOf(manifest: Manifest, definition: FunctionDefinition): Grant[] {
  const uses = Object.entries(definition.uses).flatMap(([name, verb]): Grant[] => {
    const may = verb === "write" ? "write" : "read";
    if (Object.hasOwn(manifest.tables, name)) return [{ kind: "table", name, may }];
    if (Object.hasOwn(manifest.buckets, name)) return [{ kind: "bucket", name, may }];
    if (Object.hasOwn(manifest.functions, name)) return [{ kind: "function", name, may: "call" }];
    const beyond = beyondOwn.find((one) => one === name);
    return beyond ? [{ kind: beyond, may: "read" }] : [];
  });
  const names = secretSettings(manifest);
  return names.length > 0 ? [...uses, { kind: "secrets", names }] : uses;
}

/** Everything, sorted: functions, what is public, hosts. */
export function reachOf(manifest: Manifest): Reach[] {
  const functions = Object.entries(manifest.functions).flatMap(([who, definition]) =>
    grantsOf(manifest, definition).flatMap((grant): Reach[] => {
      if (grant.kind === "secrets") return grant.names.map((name) => ({ who, may: "secret", what: `setting ${name}` }));
      return [{ who, may: grant.may, what: "name" in grant ? `${grant.kind} ${grant.name}` : grantMeans[grant.kind]! }];
    }),
  );
  const open = routesOf(manifest)
    .filter((route) => route.public)
    .map(
      (route): Reach => ({
        who: "anybody",
        may: "public",
        what: `${route.path} to ${route.to}`,
        ...limitOf(manifest, route),
      }),
    );
  const headers = Object.entries(manifest.headers)
    .filter(([name, value]) => relaxes(name, value))
    .map(
      ([name, value]): Reach => ({
        who: "app",
        may: "header",
        what: value === false ? `no ${name}` : `${name}: ${value}`,
      }),
    );
  const hosts = manifest.reach.hosts.map((what): Reach => ({ who: "app", may: "host", what }));
  const aws = manifest.reach.aws.map((what): Reach => ({ who: "app", may: "aws", what }));
  return sorted([...functions, ...open, ...hosts, ...aws, ...headers]);
}

/** `60 per minute`, also where the manifest leaves it to us; nothing for routes that are not public. */
export function limitOf(manifest: Manifest, { path, limit }: Route): { limit?: string } {
  const said = manifest.routes[path];
  if (typeof said === "object" && said.limit) return { limit: said.limit };
  return limit ? { limit: defaultLimit } : {};
}

export const defaultLimit = "60 per minute";

/** What two cards are compared by. */
export const reachKey = ({ who, may, what, limit }: Reach): string => JSON.stringify([who, may, what, limit ?? null]);

export function sorted(reach: readonly Reach[]): Reach[] {
  return [...reach].sort((a, b) => (reachKey(a) < reachKey(b) ? -1 : 1));
}

/** What is there after and was not before, and the other way round: a raised limit is both. */
export function compareReach(before: readonly Reach[], after: readonly Reach[]): { added: Reach[]; removed: Reach[] } {
  const [old, now] = [new Set(before.map(reachKey)), new Set(after.map(reachKey))];
  return {
    added: after.filter((one) => !old.has(reachKey(one))),
    removed: before.filter((one) => !now.has(reachKey(one))),
  };
}

/** Of what is there after, all that nothing from before includes: `read` after `write` is no more than there was. */
export function widerReach(before: readonly Reach[], after: readonly Reach[]): Reach[] {
  return after.filter((one) => !before.some((old) => includes(old, one)));
}

function includes(old: Reach, now: Reach): boolean {
  if (old.who !== now.who) return false;
  if (old.may === "host" && now.may === "host") return sameHost(old.what, now.what);
  const verbs = old.may === now.may || (old.may === "write" && now.may === "read");
  return verbs && old.what === now.what && limitIncludes(old.limit, now.limit);
}

/** `*.example.org` is every name below example.org. */
const sameHost = (old: string, now: string): boolean =>
  old === now || (old.startsWith("*.") && now.endsWith(old.slice(1)));

/** Neither more calls nor a shorter window. */
function limitIncludes(old: string | undefined, now: string | undefined): boolean {
  if (old === now || old === undefined) return true;
  if (now === undefined) return false;
  const [was, is] = [rate(old), rate(now)];
  return is.count <= was.count && is.seconds >= was.seconds;
}
