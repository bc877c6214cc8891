/** Requests as no well-behaved client sends them: written to the socket byte by byte. */
import { connect } from "node:net";

export interface RawAnswer {
  status: number;
  /** Names in lower case; the last of repeated ones. */
  headers: Record<string, string>;
  /** Status line and headers, as they came. */
  head: string;
  text: string;
}

/** `lines`: the request line and headers, without the empty line. Answers when the server has closed the connection. */
export function raw(port: number, lines: readonly string[], body = ""): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const chunks: Buffer[] = [];
  const socket = connect(port, "127.0.0.1", () => {
    socket.write(Buffer.from(`${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n${body}`, "latin1"));
  });
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", reject);
  socket.on("close", () => {
    const all = Buffer.concat(chunks).toString("latin1");
    const end = all.indexOf("\r\n\r\n");
    const head = all.slice(0, end);
    const headers = Object.fromEntries(
      head
        .split("\r\n")
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
    );
    resolve({ status: Number(head.split(" ")[1]), headers, head, text: unchunked(headers, all.slice(end + 4)) });
  });
  return promise;
}

function unchunked(headers: Record<string, string>, body: string): string {
  if (headers["transfer-encoding"] !== "chunked") return body;
  let text = "";
  for (let at = 0; ; ) {
    const line = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.slice(at, line), 16);
    if (!(size > 0)) return text;
    text += body.slice(line + 2, line + 2 + size);
    at = line + 4 + size;
  }
}
