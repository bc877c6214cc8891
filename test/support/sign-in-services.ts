/**
 * The services behind AWS's ways of signing in, as one server on loopback: IAM Identity Center's portal and its tokens,
 * the sign-in of `aws login`, an instance's metadata. Each hands out what `keys` answers, only to who asks as AWS wants it.
 */
import { createHash, createPublicKey, generateKeyPairSync, randomUUID, verify } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { writeAws } from "./aws-setup.ts";
import type { Home } from "./home.ts";
import { listen } from "./listen.ts";

export interface SessionKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

type Handler = (req: IncomingMessage, res: ServerResponse, body: string) => Promise<void> | void;

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const session = "corp";
const loginArn = "arn:aws:iam::123456789012:user/ada";

export async function startSignInServices(keys: () => Promise<SessionKeys>) {
  const state = {
    /** What was asked, in order: `GET /federation/credentials`. */
    asked: [] as string[],
    /** How long the keys are said to last. */
    keysLastMs: hourMs,
    /** From this many further questions on, nobody is signed in any more. */
    left: Number.POSITIVE_INFINITY,
    /** `aws login`: so many have to have asked before the first of them is answered. */
    together: 1,
    /** The instance's service: asks for no token; answers nobody; has no role. */
    instance: "v2" as "v2" | "v1" | "silent" | "roleless",
  };
  let [portalToken, refreshToken] = [randomUUID(), randomUUID()];
  const metadataToken = randomUUID();
  const owner = generateKeyPairSync("ec", { namedCurve: "P-256" });

  const over = (): boolean => --state.left < 0;
  const portal: Handler = async (req, res) => {
    const { searchParams: of } = new URL(req.url ?? "", "http://x");
    const known = req.headers["x-amz-sso_bearer_token"] === portalToken && of.get("role_name") === "Admin";
    if (!known || over())
      return refuse(res, 401, "UnauthorizedException", { message: "Session token not found or invalid" });
    json(res, { roleCredentials: { ...(await keys()), expiration: Date.now() + state.keysLastMs } });
  };
  const tokens: Handler = (_, res, body) => {
    const { refreshToken: given, grantType } = JSON.parse(body);
    if (given !== refreshToken || grantType !== "refresh_token" || over())
      return refuse(res, 400, "InvalidGrantException", { error: "invalid_grant" });
    [portalToken, refreshToken] = [randomUUID(), randomUUID()];
    json(res, { accessToken: portalToken, refreshToken, expiresIn: 3600, tokenType: "Bearer" });
  };
  const waiting: (() => void)[] = [];
  const met = (): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length >= state.together) for (const go of waiting.splice(0)) go();
    });
  const login: Handler = async (req, res, body) => {
    const { refreshToken: given, grantType } = JSON.parse(body);
    await met();
    const proven = provenBy(req, owner.publicKey.export({ format: "jwk" }));
    if (!proven || given !== refreshToken || grantType !== "refresh_token" || over())
      return refuse(res, 403, "AccessDeniedException", { error: "TOKEN_EXPIRED", message: "expired" });
    refreshToken = randomUUID();
    const expiresIn = Math.ceil(state.keysLastMs / 1000);
    json(res, { accessToken: await keys(), tokenType: "aws_sigv4", expiresIn, refreshToken });
  };
  const metadata: Handler = async (req, res) => {
    if (state.instance === "silent") return;
    if (req.method === "PUT") return void res.writeHead(state.instance === "v1" ? 404 : 200).end(metadataToken);
    const { "x-aws-ec2-metadata-token": given } = req.headers;
    if (state.instance !== "v1" && given !== metadataToken) return void res.writeHead(401).end();
    if (state.instance === "roleless") return void res.writeHead(404).end();
    if (req.url?.endsWith("/security-credentials/")) return void res.end("builder");
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = await keys();
    const Expiration = new Date(Date.now() + state.keysLastMs).toISOString();
    json(res, { Code: "Success", Type: "AWS-HMAC", AccessKeyId, SecretAccessKey, Token, Expiration });
  };
  const handlers: readonly [RegExp, Handler][] = [
    [/^\/federation\/credentials/, portal],
    [/^\/token$/, tokens],
    [/^\/v1\/token$/, login],
    [/^\/latest\//, metadata],
  ];

  const server = createServer(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    state.asked.push(`${req.method} ${req.url?.split("?")[0]}`);
    const found = handlers.find(([path]) => path.test(req.url ?? ""));
    if (found) await found[1](req, res, body);
    else res.writeHead(404).end();
  });
  const endpoint = await listen(server);
  return {
    endpoint,
    state,
    env: {
      AWS_ENDPOINT_URL_SSO: endpoint,
      AWS_ENDPOINT_URL_SSO_OIDC: endpoint,
      AWS_ENDPOINT_URL_SIGNIN: endpoint,
    },
    /** As `aws sso login` leaves it: a profile `corp`, and a token for so long, with or without what renews it. */
    async signInToSso(home: Home, lastsMs: number, renews: boolean): Promise<void> {
      const token = { accessToken: portalToken, expiresAt: new Date(Date.now() + lastsMs).toISOString() };
      const more = { clientId: "c", clientSecret: "s", refreshToken };
      const name = createHash("sha1").update(session).digest("hex");
      await writeAws(home, `sso/cache/${name}.json`, JSON.stringify({ ...token, ...(renews ? more : {}) }));
    },
    ssoConfig: `[profile corp]\nsso_session = ${session}\nsso_account_id = 123456789012\nsso_role_name = Admin\n[sso-session ${session}]\nsso_region = eu-north-1\nsso_start_url = https://corp.awsapps.com/start\n`,
    /** As `aws login` leaves it: keys for so long, and what renews them. */
    async signInByLogin(home: Home, lastsMs: number): Promise<void> {
      const expiresAt = new Date(Date.now() + lastsMs).toISOString();
      const dpopKey = owner.privateKey.export({ format: "pem", type: "sec1" });
      const accessToken = { ...(await keys()), accountId: "123456789012", expiresAt };
      const name = createHash("sha256").update(loginArn).digest("hex");
      const token = { accessToken, tokenType: "aws_sigv4", refreshToken, clientId: "c", dpopKey };
      await writeAws(home, `login/cache/${name}.json`, JSON.stringify(token));
    },
    loginConfig: `[profile console]\nlogin_session = ${loginArn}\n`,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const longMs = dayMs;

function json(res: ServerResponse, value: object): void {
  res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function refuse(res: ServerResponse, status: number, type: string, value: object): void {
  res.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type }).end(JSON.stringify(value));
}

/** A proof of possession (DPoP): signed with the key of the sign-in, for this call. */
function provenBy(req: IncomingMessage, key: { x?: string | undefined; y?: string | undefined }): boolean {
  const [head = "", body = "", signature = ""] = String(req.headers["dpop"] ?? "").split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString() || "{}");
  const { jwk } = read(head);
  const { htm, htu } = read(body);
  if (htm !== req.method || htu !== `http://${req.headers.host}${req.url}`) return false;
  if (jwk?.x !== key.x || jwk?.y !== key.y) return false;
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  const how = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  return verify("sha256", Buffer.from(`${head}.${body}`), how, Buffer.from(signature, "base64url"));
}

export type SignInServices = Awaited<ReturnType<typeof startSignInServices>>;
