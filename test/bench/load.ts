/**
 * A load generator of a process of its own: GETs over raw sockets, one after another on each. Prints one line of JSON:
 * calls a second, and the median and 99th percentile in milliseconds; with `first`, the time to the first byte of a body.
 */
import { connect, type Socket } from "node:net";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    connections: { type: "string", default: "1" },
    seconds: { type: "string", default: "2" },
    first: { type: "boolean", default: false },
  },
});
const url = new URL(positionals[0]!);
const head = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`;
const samples: number[] = [];
let over = false;

/** The moment of the body's first byte, once the whole answer has come. */
function answer(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let seen = "";
    let firstAt = 0;
    const done = (): void => {
      socket.off("data", onData);
      if (seen.startsWith("HTTP/1.1 200")) resolve(firstAt);
      else reject(new Error(`answered ${seen.slice(0, 300)}`));
    };
    const onData = (chunk: Buffer): void => {
      seen += chunk.toString("latin1");
      const end = seen.indexOf("\r\n\r\n");
      if (end < 0) return;
      const start = end + 4;
      if (seen.length > start) firstAt ||= performance.now();
      const length = /^content-length: *(\d+)/im.exec(seen.slice(0, end))?.[1];
      if (length === undefined ? seen.endsWith("\r\n0\r\n\r\n") : seen.length >= start + Number(length)) done();
    };
    socket.on("data", onData);
    socket.once("close", () => reject(new Error("the connection closed")));
  });
}

async function loop(): Promise<void> {
  const socket = connect(Number(url.port), "127.0.0.1").setNoDelay(true);
  while (!over) {
    const started = performance.now();
    socket.write(head);
    const firstAt = await answer(socket);
    socket.removeAllListeners("close");
    samples.push((values.first ? firstAt : performance.now()) - started);
  }
  socket.destroy();
}

const started = performance.now();
setTimeout(() => (over = true), Number(values.seconds) * 1000);
await Promise.all(Array.from({ length: Number(values.connections) }, loop));
const rate = (samples.length * 1000) / (performance.now() - started);
samples.sort((a, b) => a - b);
const at = (share: number): number => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))]!;
process.stdout.write(`${JSON.stringify({ rate, p50: at(0.5), p99: at(0.99) })}\n`);
