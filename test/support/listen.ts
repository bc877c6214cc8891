/** A server of a test's own on a free port of loopback. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers its endpoint, `http://127.0.0.1:PORT`. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
