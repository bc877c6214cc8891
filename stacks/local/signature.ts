/**
 * Signature version 4, the server's side: reads what the client claims (header or presigned query), computes the
 * signature from the secret, compares in constant time. Knows no service and no socket.
 */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from "node:crypto";
import { type KeyRing, ServiceError } from "./service.ts";
import { isV2, signatureV2 } from "./signature-v2.ts";

/** What a request says of its own signature. */
export interface Claim {
  kind: "header" | "presigned" | "presigned-v2";
  accessKeyId: string;
  /** yyyymmdd */
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  /** yyyymmddThhmmssZ */
  timestamp: string;
  sessionToken: string | undefined;
  /** Presigned only; of the older kind it is the end itself, in seconds since 1970. */
  expiresSeconds: number | undefined;
}

export interface SignedRequest {
  method: string;
  /** As it came, percent-encoded, without the query. */
  path: string;
  query: [name: string, value: string][];
  headers: Readonly<Record<string, string>>;
}

/** What chunked bodies go on from. */
export interface Verified {
  signingKey: KeyObject;
  scope: string;
  timestamp: string;
  signature: string;
}

export const emptySha256 = hash("sha256", "");
const skewMs = 15 * 60 * 1000;
const maxPresignSeconds = 7 * 24 * 3600;

/** Undefined: the request is not signed at all. */
export function readClaim(request: SignedRequest): Claim | undefined {
  const authorization = request.headers["authorization"];
  if (authorization?.startsWith("AWS4-HMAC-SHA256")) return headerClaim(authorization, request.headers);
  if (authorization !== undefined) throw new ServiceError("InvalidArgument", 400, "Unsupported Authorization Type");
  const query = new Map(request.query);
  if (isV2(query)) return presignedV2Claim(query);
  return query.has("X-Amz-Signature") || query.get("X-Amz-Algorithm") ? presignedClaim(query) : undefined;
}

function headerClaim(authorization: string, headers: Readonly<Record<string, string>>): Claim {
  const parts = new Map(
    authorization
      .slice("AWS4-HMAC-SHA256".length)
      .split(",")
      .map((part) => [part.slice(0, part.indexOf("=")).trim(), part.slice(part.indexOf("=") + 1).trim()]),
  );
  const timestamp = headers["x-amz-date"] ?? basicFormat(headers["date"]);
  return {
    kind: "header",
    ...scopeOf(parts.get("Credential")),
    signedHeaders: (parts.get("SignedHeaders") ?? "").split(";"),
    signature: parts.get("Signature") ?? "",
    timestamp: timestamp ?? "",
    sessionToken: headers["x-amz-security-token"],
    expiresSeconds: undefined,
  };
}

function presignedClaim(query: Map<string, string>): Claim {
  const expires = Number(query.get("X-Amz-Expires") ?? Number.NaN);
  if (query.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256" || !query.has("X-Amz-Signature"))
    throw new ServiceError(
      "AuthorizationQueryParametersError",
      400,
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  if (!Number.isInteger(expires) || expires < 1)
    throw new ServiceError("AuthorizationQueryParametersError", 400, "X-Amz-Expires must be non-negative");
  if (expires > maxPresignSeconds)
    throw new ServiceError(
      "AuthorizationQueryParametersError",
      400,
      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
    );
  return {
    kind: "presigned",
    ...scopeOf(query.get("X-Amz-Credential")),
    signedHeaders: (query.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature: query.get("X-Amz-Signature") ?? "",
    timestamp: query.get("X-Amz-Date") ?? "",
    sessionToken: query.get("X-Amz-Security-Token"),
    expiresSeconds: expires,
  };
}

function presignedV2Claim(query: Map<string, string>): Claim {
  return {
    kind: "presigned-v2",
    accessKeyId: query.get("AWSAccessKeyId") ?? "",
    date: "",
    region: "",
    service: "s3",
    signedHeaders: [],
    signature: query.get("Signature") ?? "",
    timestamp: "",
    sessionToken: query.get("x-amz-security-token"),
    expiresSeconds: Number(query.get("Expires")),
  };
}

export function scopeOf(credential: string | undefined): Pick<Claim, "accessKeyId" | "date" | "region" | "service"> {
  const [accessKeyId, date, region, service, end] = (credential ?? "").split("/");
  if (!accessKeyId || !date || region === undefined || !service || end !== "aws4_request")
    throw new ServiceError(
      "IncompleteSignatureException",
      400,
      "Authorization header requires 'Credential' parameter of the form KEY/DATE/REGION/SERVICE/aws4_request.",
    );
  return { accessKeyId, date, region, service };
}

function basicFormat(date: string | undefined): string | undefined {
  const at = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/**
 * Throws the generic codes below; each service turns them into its own (gateway.ts): InvalidAccessKeyId,
 * SignatureDoesNotMatch, HeadersNotSigned, RequestTimeTooSkewed, ExpiredPresign, ExpiredToken, InvalidToken.
 */
export function verify(
  claim: Claim,
  request: SignedRequest,
  payloadHash: string,
  keyRings: readonly KeyRing[],
  now: number,
): { verified: Verified; key: NonNullable<ReturnType<KeyRing["find"]>> } {
  const key = findKey(keyRings, claim.accessKeyId);
  checkTime(claim, now);
  const signingKey = signingKeyOf(key.secretAccessKey, claim);
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const expected = expectedSignature(claim, request, payloadHash, key.secretAccessKey);
  if (expected === undefined || !same(expected, claim.signature))
    throw new ServiceError(
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
  checkSession(key, claim.sessionToken, now);
  return { verified: { signingKey, scope, timestamp: claim.timestamp, signature: claim.signature }, key };
}

function expectedSignature(
  claim: Claim,
  request: SignedRequest,
  payloadHash: string,
  secret: string,
): string | undefined {
  if (claim.kind === "presigned-v2") return signatureV2(request, secret);
  checkSignedHeaders(claim, request.headers);
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const canonical = canonicalRequest(claim, request, payloadHash);
  const text = ["AWS4-HMAC-SHA256", claim.timestamp, scope, sha256(canonical)].join("\n");
  return hmac(signingKeyOf(secret, claim), text).toString("hex");
}

/** Credentials of a session are nothing without their token, and end. */
export function checkSession(
  key: { sessionToken?: string; expiresAt?: number },
  token: string | undefined,
  now: number,
): void {
  if ((key.sessionToken ?? "") !== "" && !same(key.sessionToken ?? "", token ?? ""))
    throw new ServiceError("InvalidToken", 400, "The provided token is malformed or otherwise invalid.");
  if (key.expiresAt !== undefined && key.expiresAt <= now)
    throw new ServiceError("ExpiredToken", 400, "The provided token has expired.");
}

/** A text on its own, as the policy of a form is signed. Hex. */
export const signText = (secret: string, scope: Pick<Claim, "date" | "region" | "service">, text: string): string =>
  hmac(signingKeyOf(secret, scope), text).toString("hex");

function findKey(keyRings: readonly KeyRing[], accessKeyId: string): NonNullable<ReturnType<KeyRing["find"]>> {
  for (const ring of keyRings) {
    const key = ring.find(accessKeyId);
    if (key) return key;
  }
  throw new ServiceError(
    "InvalidAccessKeyId",
    403,
    "The AWS Access Key Id you provided does not exist in our records.",
    { AWSAccessKeyId: accessKeyId },
  );
}

function checkTime(claim: Claim, now: number): void {
  if (claim.kind === "presigned-v2") {
    // A NaN is not later than anything.
    if (!(Number(claim.expiresSeconds) * 1000 > now))
      throw new ServiceError("ExpiredPresign", 403, "Request has expired");
    return;
  }
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(claim.timestamp);
  const at = match
    ? Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`)
    : Number.NaN;
  if (Number.isNaN(at))
    throw new ServiceError(
      "IncompleteSignatureException",
      400,
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  if (!claim.timestamp.startsWith(claim.date))
    throw new ServiceError(
      "SignatureDoesNotMatch",
      403,
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
    );
  if (claim.expiresSeconds !== undefined) {
    if (now > at + claim.expiresSeconds * 1000) throw new ServiceError("ExpiredPresign", 403, "Request has expired");
    if (at > now + skewMs) throw new ServiceError("ExpiredPresign", 403, "Request is not yet valid");
  } else if (Math.abs(now - at) > skewMs) {
    throw new ServiceError(
      "RequestTimeTooSkewed",
      403,
      "The difference between the request time and the current time is too large.",
    );
  }
}

/** What changes a request's meaning must be signed, or whoever holds a presigned address could change what it does. */
function checkSignedHeaders(claim: Claim, headers: Readonly<Record<string, string>>): void {
  const unsigned = Object.keys(headers).filter((name) => {
    const matters = name === "host" || (claim.service === "s3" && name.startsWith("x-amz-"));
    // The payload's hash is part of what is signed, whether it is listed or not.
    return matters && name !== "x-amz-content-sha256" && !claim.signedHeaders.includes(name);
  });
  if (unsigned.length > 0)
    throw new ServiceError("HeadersNotSigned", 403, "There were headers present in the request which were not signed", {
      HeadersNotSigned: unsigned.join(", "),
    });
}

function canonicalRequest(claim: Claim, request: SignedRequest, payloadHash: string): string {
  const query = request.query
    .filter(([name]) => !(claim.kind === "presigned" && name === "X-Amz-Signature"))
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, av], [b, bv]) => (a < b ? -1 : a > b ? 1 : av < bv ? -1 : av > bv ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const headers = claim.signedHeaders
    .map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}\n`)
    .join("");
  return [
    request.method,
    canonicalPath(claim.service, request.path),
    query,
    headers,
    claim.signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

/** S3 signs the key as it is, once encoded; the others sign the path they send, encoded again. */
function canonicalPath(service: string, path: string): string {
  if (path === "/") return path;
  if (service === "s3")
    return (
      path
        .split("/")
        .map((part) => encode(decode(part)))
        .join("/") || "/"
    );
  return path.split("/").map(encode).join("/") || "/";
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Name and value pairs as sent; a name alone has the value "". */
export function parseQuery(query: string): [string, string][] {
  if (query === "") return [];
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return [decode(name.replaceAll("+", "%20")), decode(value.replaceAll("+", "%20"))];
    });
}

// A signing key serves for a day; deriving it is four hashes a request otherwise. As a key object, for node:crypto makes
// one of every buffer, which takes ten times as long as the hash.
const signingKeys = new Map<string, KeyObject>();

function signingKeyOf(
  secret: string,
  { date, region, service }: Pick<Claim, "date" | "region" | "service">,
): KeyObject {
  const name = `${secret}/${date}/${region}/${service}`;
  let key = signingKeys.get(name);
  if (!key) {
    key = createSecretKey(hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request"));
    if (signingKeys.size > 1_000) signingKeys.clear();
    signingKeys.set(name, key);
  }
  return key;
}

export function hmac(key: string | Buffer | KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}

/** Hex. In one go: a hash that takes its text in pieces costs several times as much. */
export function sha256(text: string | Buffer): string {
  return hash("sha256", text);
}

export function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
