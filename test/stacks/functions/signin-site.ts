/** A sign-in function over a local cloud's table and parameters, asked as its address and as gates ask it. */
import { createServer } from "node:http";
import { vi } from "vitest";
import { awsJson } from "../../../stacks/functions/shared/aws-call.ts";
import { fromItem, type Item, toItem } from "../../../stacks/functions/shared/items.ts";
import { type LinkRow, lives, newToken, rowId } from "../../../stacks/functions/shared/rows.ts";
import { check, kidOfToken, publicKeyOf, type Session } from "../../../stacks/functions/shared/session.ts";
import type { Answer } from "../../../stacks/functions/signin/answer.ts";
import { authenticator, type Passkey, type Wrong } from "../../support/authenticator.ts";
import { listen } from "../../support/listen.ts";
import { startTestCloud } from "../../support/local-cloud.ts";

export const host = "signin--home.localhost";
export const origin = `http://${host}:4780`;
export const table = "home--foundation--access";
export const keyName = "/freehold/home/foundation/session-key";
export const now = (): number => Math.floor(Date.now() / 1000);

type Signin = typeof import("../../../stacks/functions/signin/index.ts");

export interface Asking {
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
  cookies?: string[];
  host?: string;
  from?: string;
  /** A browser shows the answer, which it does unless a test says otherwise. */
  shown?: false;
}

/** Names of the owner's: of this site, and of each app's gate as its tags have them. */
export interface Hosts {
  hosts?: string[];
  tags?: Record<string, Record<string, string>>;
}

/** Apps there are; asked for any other, Lambda says there is none. */
export async function signinSite(apps: readonly string[], { hosts = [], tags = {} }: Hosts = {}) {
  const cloud = await startTestCloud();
  const asked: string[] = [];
  const lambda = createServer((request, response) => {
    asked.push(request.url ?? "");
    const path = decodeURIComponent(request.url ?? "");
    const app = /home--([a-z-]+)--gate(\/url)?$/.exec(path)?.[1];
    const known = app !== undefined && apps.includes(app);
    const FunctionArn = `arn:aws:lambda:eu-west-1:123456789012:function:home--${app}--gate`;
    const answer = path.includes("/tags/")
      ? { Tags: { "freehold:app": app, ...tags[app ?? ""] } }
      : { FunctionUrl: "http://x.localhost/", FunctionArn };
    response.writeHead(known ? 200 : 404).end(JSON.stringify(known ? answer : {}));
  });
  Object.assign(process.env, cloud.env, {
    // What the platform says of its port; services are asked elsewhere.
    AWS_ENDPOINT_URL: "http://127.0.0.1:4780",
    AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoint,
    AWS_ENDPOINT_URL_SSM: cloud.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: await listen(lambda),
    FREEHOLD_SIGNIN: JSON.stringify({ cloud: "home", access: table, key: keyName, localHost: host, hosts }),
  });
  await awsJson("dynamodb", "CreateTable", {
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  });
  const log: Record<string, unknown>[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => void log.push(JSON.parse(line)));

  /** Another instance, with nothing in its memory. */
  async function instance(): Promise<Signin> {
    vi.resetModules();
    return import("../../../stacks/functions/signin/index.ts");
  }
  let signin = await instance();

  async function ask(method: string, path: string, asking: Asking = {}): Promise<Answer> {
    const { query, body, headers = {}, cookies, from = "203.0.113.7", shown = true } = asking;
    const post = method === "POST" ? { origin, "content-type": "application/json" } : {};
    return (await signin.handler({
      version: "2.0",
      rawPath: path,
      cookies,
      headers: { host: "whatever.example", accept: shown ? "text/html,*/*" : "*/*", ...post, ...headers },
      queryStringParameters: query,
      requestContext: {
        requestId: "request-1",
        domainName: asking.host ?? host,
        http: { method, sourceIp: from, userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36" },
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      isBase64Encoded: false,
    } as never)) as Answer;
  }

  const put = (id: string, row: object) => awsJson("dynamodb", "PutItem", { TableName: table, Item: toItem(id, row) });

  async function rows(beginning: string): Promise<(Record<string, any> & { id: string })[]> {
    const { Items } = await awsJson("dynamodb", "Scan", { TableName: table, ConsistentRead: true });
    return (Items as Item[]).map((item) => fromItem<object>(item)).filter(({ id }) => id.startsWith(beginning));
  }

  async function link(row: Partial<LinkRow> = {}): Promise<string> {
    const token = newToken();
    await put(rowId.link(token), { purpose: "open", app: "notes", expires: now() + lives.link, ...row });
    return token;
  }

  const cookiesOf = (answer: Answer): string[] => (answer.cookies ?? []).map((line) => line.split(";")[0]!);

  /** Cookies of a browser that opened a link. */
  const signedIn = async (): Promise<string[]> =>
    cookiesOf(await ask("GET", "/link", { query: { link: await link() } }));

  async function add(
    cookies: string[],
    wrong: Wrong = {},
    name = "a key",
  ): Promise<{ answer: Answer; passkey: Passkey }> {
    const options = JSON.parse((await ask("POST", "/passkeys/options", { cookies, body: {} })).body);
    const { response, passkey } = authenticator(origin).create(options, wrong);
    return { answer: await ask("POST", "/passkeys", { cookies, body: { name, response } }), passkey };
  }

  const challenge = async (): Promise<string> =>
    JSON.parse((await ask("POST", "/signin/options", { body: {} })).body).challenge;

  const use = (response: object, more: Asking = {}): Promise<Answer> =>
    ask("POST", "/signin", { ...more, body: { response } });

  /** What a gate is told. */
  async function gate(message: object): Promise<{ session: string | null; wait?: number }> {
    return (await signin.handler({ from: "203.0.113.7", ...message } as never)) as never;
  }

  async function sessionIn(token: string | null, audience: string): Promise<Session | null> {
    const kid = token && kidOfToken(token);
    const [row] = kid ? await rows(`signing/${kid}`) : [];
    return row ? check(token!, audience, publicKeyOf(row["publicKey"]), now()) : null;
  }

  return {
    ...{ ask, put, rows, link, cookiesOf, signedIn, add, challenge, use, gate, sessionIn, log, asked, cloud, instance },
    /** From now on another instance answers. */
    async restart(): Promise<void> {
      signin = await instance();
    },
    async close(): Promise<void> {
      vi.restoreAllMocks();
      lambda.closeAllConnections();
      lambda.close();
      await cloud.close();
    },
  };
}

export type Site = Awaited<ReturnType<typeof signinSite>>;
