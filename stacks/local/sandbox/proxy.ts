/**
 * The way out of a network of its own: an HTTP proxy (CONNECT, and absolute addresses) that lets its owner reach the
 * hosts it declared, by name. Names are looked up here; what is this computer or its network behind a foreign name is
 * refused. Listens nowhere: connections are handed to it.
 */
import { lookup as dnsLookup } from "node:dns";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { BlockList, connect, isIP, type LookupFunction, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface ProxyInit {
  /** Names, or `*.example.org` for every name below; addresses only as themselves. */
  hostsOf(owner: string): readonly string[];
  /** A host was refused, and why; the same one may be told again. */
  refused(owner: string, host: string, why: string): void;
  /** For tests. */
  lookup?: typeof dnsLookup;
}

export interface Proxy {
  accept(socket: Socket, owner: string): void;
  close(): void;
}

/** Not of the internet: this computer, networks at home and at work, a provider's metadata. */
const inward = new BlockList();
for (const [net, prefix] of [
  ...([
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
  ] as const),
  ...([
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["224.0.0.0", 3],
  ] as const),
])
  inward.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of [
  ...([
    ["::", 96],
    ["64:ff9b::", 96],
    ["64:ff9b:1::", 48],
    ["2002::", 16],
    ["fc00::", 7],
  ] as const),
  ...([
    ["fe80::", 10],
    ["ff00::", 8],
  ] as const),
])
  inward.addSubnet(net, prefix, "ipv6");

export function isInward(address: string): boolean {
  return inward.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

export function isDeclared(host: string, declared: readonly string[]): boolean {
  return declared.some((one) => (one.startsWith("*.") ? host.endsWith(one.slice(1)) : host === one));
}

class Refusal extends Error {}

export function createProxy({ hostsOf, refused, lookup = dnsLookup }: ProxyInit): Proxy {
  const owners = new WeakMap<object, string>();

  /** Every address is looked at before one is used: what a name means may change between two questions. */
  const outward: LookupFunction = (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const usable = addresses?.filter(({ address }) => !isInward(address)) ?? [];
      if (error || usable.length > 0) {
        if (options.all) done(error, usable);
        else done(error, usable[0]?.address ?? "", usable[0]?.family ?? 0);
      } else done(new Refusal(`${hostname} is an address of this computer or its network`), []);
    });
  };

  /** Throws a Refusal; answers how to connect. */
  const admit = (
    owner: string,
    hostname: string,
    port: number,
  ): { host: string; port: number; lookup?: LookupFunction } => {
    const host = hostname
      .toLowerCase()
      .replace(/^\[(.*)\]$/, "$1")
      .replace(/\.$/, "");
    const declared = hostsOf(owner);
    if (!isDeclared(host, declared)) throw new Refusal(`${host} is not among the hosts it declares`);
    // An address or localhost that was declared as such is meant.
    const meant = isIP(host) !== 0 || host === "localhost";
    return { host, port, ...(meant ? {} : { lookup: outward }) };
  };

  const server = createServer({ requestTimeout: 0 });
  const ownerOf = (socket: Duplex): string => owners.get(socket) ?? "";
  const tell = (socket: Duplex, host: string, error: unknown): { status: number; text: string } => {
    const refusal = error instanceof Refusal;
    if (refusal) refused(ownerOf(socket), host, error.message);
    return { status: refusal ? 403 : 502, text: `${(error as Error).message}\n` };
  };

  server.on("connect", (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const [, hostname = "", port = "443"] = /^(.*?)(?::(\d+))?$/.exec(message.url ?? "") ?? [];
    const fail = (error: unknown): void => {
      const { status, text } = tell(socket, hostname, error);
      socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    };
    try {
      const far = connect({ ...admit(ownerOf(socket), hostname, Number(port)), autoSelectFamily: true });
      far.once("error", fail);
      far.once("connect", () => {
        far.off("error", fail);
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        if (head.length > 0) far.write(head);
        pipeline(socket, far, socket).catch(() => undefined);
      });
      socket.once("close", () => far.destroy());
    } catch (error) {
      fail(error);
    }
  });

  server.on("request", (message: IncomingMessage, response: ServerResponse) => {
    const fail = (host: string, error: unknown): void => {
      const { status, text } = tell(message.socket, host, error);
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { "content-type": "text/plain" }).end(text);
    };
    let host = "";
    try {
      const url = new URL(message.url ?? "");
      host = url.hostname;
      if (url.protocol !== "http:") throw new Refusal("only http: addresses are passed on; others by CONNECT");
      const to = admit(ownerOf(message.socket), host, Number(url.port || 80));
      const headers = Object.fromEntries(
        Object.entries(message.headers).filter(([name]) => !name.startsWith("proxy-")),
      );
      const onward = request({
        ...to,
        method: message.method!,
        path: url.pathname + url.search,
        headers,
        agent: false,
      });
      onward.once("error", (error) => fail(host, error));
      onward.once("response", (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        pipeline(answer, response).catch(() => response.destroy());
      });
      response.once("close", () => onward.destroy());
      pipeline(message, onward).catch(() => undefined);
    } catch (error) {
      fail(host, error);
    }
  });

  return {
    accept(socket, owner) {
      owners.set(socket, owner);
      server.emit("connection", socket);
    },
    close: () => server.closeAllConnections(),
  };
}
