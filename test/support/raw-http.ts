/** Requests no SDK sends: signed by hand, framed by hand, with any Host; straight through node:http. */
import { createHash, createHmac } from "node:crypto";
import { request } from "node:http";

export interface RawRequest {
  port: number;
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Cuts the connection after the body instead of ending it. */
  cut?: boolean;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  bytes: Buffer;
}

export function send({ port, method = "GET", path = "/", headers = {}, body = "", cut }: RawRequest) {
  return new Promise<RawAnswer>((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: bytes.toString(), bytes });
      });
    });
    asked.on("error", reject);
    if (cut) asked.write(body, () => asked.destroy(new Error("cut")));
    else asked.end(body);
  });
}

export interface Signer {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface Signed {
  headers: Record<string, string>;
  /** For the chunks of a body that is signed piece by piece. */
  signature: string;
  sign(text: string): string;
  scope: string;
  timestamp: string;
}

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
export const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");

/** Version 4, headers only, no query. `payload` is what x-amz-content-sha256 says; `unsigned` headers are only sent. */
export function signed(
  signer: Signer,
  { port, method = "GET", path = "/", headers = {} }: RawRequest,
  payload: string,
  {
    at = new Date(),
    service = "s3",
    unsigned = {},
  }: { at?: Date; service?: string; unsigned?: Record<string, string> } = {},
): Signed {
  const timestamp = at.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const all: Record<string, string> = {
    host: `127.0.0.1:${port}`,
    ...headers,
    "x-amz-date": timestamp,
    "x-amz-content-sha256": payload,
    ...(signer.sessionToken ? { "x-amz-security-token": signer.sessionToken } : {}),
  };
  const names = Object.keys(all).sort();
  const canonical = [method, path, "", ...names.map((name) => `${name}:${all[name]}`), "", names.join(";"), payload];
  const scope = `${timestamp.slice(0, 8)}/eu-west-1/${service}/aws4_request`;
  const key = scope
    .split("/")
    .reduce<string | Buffer>((sofar, part) => hmac(sofar, part), `AWS4${signer.secretAccessKey}`);
  const sign = (text: string) => hmac(key, text).toString("hex");
  const signature = sign(["AWS4-HMAC-SHA256", timestamp, scope, sha256(canonical.join("\n"))].join("\n"));
  const authorization = `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { headers: { ...all, ...unsigned, authorization }, signature, sign, scope, timestamp };
}

/** The body framed as aws-chunked with a signature a chunk. `spoil` may change a chunk's signature. */
export function signedChunks(
  { signature, sign, scope, timestamp }: Signed,
  pieces: readonly Buffer[],
  spoil: (signature: string, n: number) => string = (right) => right,
): Buffer {
  let previous = signature;
  const framed = [...pieces, Buffer.alloc(0)].map((piece, n) => {
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", timestamp, scope, previous, sha256(""), sha256(piece)].join("\n");
    previous = sign(text);
    const head = `${piece.length.toString(16)};chunk-signature=${spoil(previous, n)}\r\n`;
    return Buffer.concat([Buffer.from(head), piece, Buffer.from("\r\n")]);
  });
  return Buffer.concat(framed);
}
