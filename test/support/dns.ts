/** A name server on loopback for tests: answers CNAMEs and zones' name servers that a test sets, of every other name that there is none. */
import { createSocket } from "node:dgram";

const [ns, cname, inClass, noSuchName] = [2, 5, 1, 3];

/** `example.com` as DNS writes it. */
function written(name: string): Buffer {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** The name in a question, and where it ends. */
function asked(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

export async function startDns() {
  /** By name: what it is an alias of. */
  const aliases = new Map<string, string>();
  /** By zone: one that answers for it. */
  const nameServers = new Map<string, string>();
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => {
    const { name, type, end } = asked(message);
    const said = type === cname ? aliases.get(name) : type === ns ? nameServers.get(name) : undefined;
    const head = Buffer.alloc(12);
    message.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 | (said ? 0 : noSuchName), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(said ? 1 : 0, 6);
    const parts: Uint8Array[] = [head, message.subarray(12, end)];
    if (said) {
      const value = written(said);
      const answer = Buffer.alloc(12);
      answer.writeUInt16BE(0xc00c, 0);
      answer.writeUInt16BE(type, 2);
      answer.writeUInt16BE(inClass, 4);
      answer.writeUInt32BE(60, 6);
      answer.writeUInt16BE(value.length, 10);
      parts.push(answer, value);
    }
    socket.send(Buffer.concat(parts), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    ...{ aliases, nameServers },
    server: `127.0.0.1:${socket.address().port}`,
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}
