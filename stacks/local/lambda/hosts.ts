/**
 * Which hosts of the internet a function may reach: those in its tags `freehold:hosts`, `freehold:hosts:2` and so on,
 * separated by spaces; `.example.org` is every name below. Without such a tag: none. Refusals are lines in its log.
 */
import { createProxy, type Door } from "../sandbox/index.ts";
import type { LocalCloud } from "../service.ts";
import type { Functions } from "./records.ts";

export const hostsTag = /^freehold:hosts(:\d+)?$/;

export interface Hosts {
  of(functionName: string): readonly string[];
  /** The proxy's port of every network. */
  door: Door;
  /** What tells programs of the proxy. */
  environment(functionName: string): Record<string, string>;
  close(): void;
}

export function declaredHosts(tags: Readonly<Record<string, string>>): string[] {
  return Object.entries(tags)
    .filter(([name]) => hostsTag.test(name))
    .flatMap(([, value]) => value.split(/\s+/))
    .filter(Boolean)
    .map((host) => (host.startsWith(".") ? `*${host}` : host));
}

/** `taken` are the ports of the other doors. */
export function openHosts(cloud: LocalCloud, functions: Functions, taken: readonly number[]): Hosts {
  const port = [3128, 3129, 3130].find((one) => !taken.includes(one))!;
  const told = new Set<string>();
  const of = (name: string): readonly string[] => declaredHosts(functions.get(name)?.tags ?? {});
  const proxy = createProxy({
    hostsOf: of,
    refused(name, host, why) {
      // Once a host: a function that tries on must not fill its log with it.
      const key = `${name} ${host}`;
      const group = functions.get(name)?.versions["$LATEST"]?.logging.group;
      if (!group || told.has(key) || told.size > 10_000) return;
      told.add(key);
      const timestamp = cloud.clock.now();
      const stream = `${new Date(timestamp).toISOString().slice(0, 10).replaceAll("-", "/")}/[sandbox]`;
      const message = `[WARN] The sandbox refused a connection to ${host}: ${why}. Hosts are declared in the blueprint (reach.hosts).`;
      cloud.peers.writeLogs?.(group, stream, [{ timestamp, message }], true);
    },
  });
  return {
    of,
    door: { port, accept: (socket, owner) => proxy.accept(socket, owner) },
    environment(name) {
      if (of(name).length === 0) return {};
      const address = `http://127.0.0.1:${port}`;
      const names = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
      const direct = "127.0.0.1,localhost,.localhost";
      return {
        ...Object.fromEntries(names.map((variable) => [variable, address])),
        ...{ NO_PROXY: direct, no_proxy: direct, NODE_USE_ENV_PROXY: "1" },
      };
    },
    close: () => proxy.close(),
  };
}
