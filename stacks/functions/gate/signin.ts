/**
 * The way to the sign-in site and back. A sign-in begins with a random text in this browser's cookie, of which only the
 * digest goes along; what comes back is worth something with that cookie alone, once. Where it leads afterwards is a
 * path of this site, whatever was asked for.
 */
import { createHash, randomBytes } from "node:crypto";
import { awsCall, bytesOf } from "../shared/aws-call.ts";
import { addressNow } from "../shared/local-port.ts";
import { lives } from "../shared/rows.ts";
import type { SigninRequest, SigninResponse } from "../shared/signin.ts";
import { sitePath } from "../shared/site-path.ts";
import { type Answer, page, redirect } from "./answer.ts";
import { busy } from "./app.ts";
import { config } from "./config.ts";
import { clearCookie, setCookie, valuesOf } from "./cookies.ts";
import { customHost, type UrlEvent } from "./event.ts";
import { endable, forget, type SignedIn, sessionOf } from "./sessions.ts";

/** So long a person may take to sign in. */
const signinSeconds = 600;

/** A person looks at a page, as far as the request says: a redirect is for them, and for no script or image. */
export function isVisit({ headers, requestContext }: UrlEvent): boolean {
  const { method } = requestContext.http;
  if (method !== "GET" && method !== "HEAD") return false;
  const mode = headers["sec-fetch-mode"];
  return (headers["accept"] ?? "").includes("text/html") && (mode === undefined || mode === "navigate");
}

/** To the sign-in site. A text that is there already is kept: two pages may begin at once. */
export function beginSignIn(event: UrlEvent, to: string): Answer {
  const [begun] = valuesOf(event, "signin");
  const verifier = begun && isVerifier(begun) ? begun : randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const query = new URLSearchParams({ app: config.app, to: sitePath(to), challenge });
  const host = customHost(event);
  if (host !== undefined) query.set("host", host);
  return redirect(
    `${addressNow(config.signinUrl)}authorize?${query}`,
    setCookie(event, "signin", verifier, signinSeconds),
    302,
  );
}

const isVerifier = (text: string): boolean => /^[\w-]{43}$/.test(text);

/** `/.freehold/signin?code=CODE&to=/path`; without a code it begins. */
export async function comeBack(event: UrlEvent): Promise<Answer> {
  const { code, to } = event.queryStringParameters ?? {};
  const target = sitePath(to);
  if (code === undefined) return beginSignIn(event, target);
  const [verifier] = valuesOf(event, "signin");
  if (!/^[\w-]{20,200}$/.test(code) || !verifier || !isVerifier(verifier)) return stale(event, target);
  const from = event.requestContext.http.sourceIp;
  const answer = await askSignin({ ask: "exchange", app: config.app, code, verifier, from });
  if (answer === "busy") return busy(event);
  // A browser that came back twice is signed in already.
  if (!answer.session && (await sessionOf(event))) return redirect(target, []);
  if (answer.wait)
    return page(event.headers["accept"], {
      status: 429,
      code: "too-many",
      title: "Too many sign-ins were tried",
      text: "So many do not come from people. Try again in a minute.",
      retryAfter: answer.wait,
    });
  if (!answer.session) return stale(event, target);
  const cookies = [...setCookie(event, "session", answer.session, lives.session), ...clearCookie(event, "signin")];
  return redirect(target, cookies);
}

function stale(event: UrlEvent, target: string): Answer {
  return page(event.headers["accept"], {
    status: 401,
    code: "sign-in-stale",
    title: "This sign-in is over",
    text: "It was used, took too long, or began in another browser.",
    link: { to: `/.freehold/signin?${new URLSearchParams({ to: target })}`, text: "Sign in" },
  });
}

/** Ends the session at every app; the sign-in function says that it is done before the browser is told. */
export async function signOut(event: UrlEvent): Promise<Answer> {
  const from = event.requestContext.http.sourceIp;
  for (const token of await endable(event)) {
    const answer = await askSignin({ ask: "end", app: config.app, session: token, from });
    if (answer === "busy") return busy(event);
    forget(token);
  }
  return redirect("/", [...clearCookie(event, "session"), ...clearCookie(event, "signin")]);
}

/** Tokens whose renewal did not work, and when. */
const tried = new Map<string, number>();
const retrySeconds = 60;
/** Of requests that are no page visit: several run at once, and each would ask. */
const otherwiseSeconds = lives.session / 2;
const mostWaitMs = 300;

/**
 * A fresh token for one that is older than an hour. Begins at once, beside the app's own work; `cookies()` waits a moment
 * for what is not there yet. What goes wrong is tried again later: the token is good.
 */
export function renewal(event: UrlEvent, { token, issuedAt }: SignedIn): { cookies(): Promise<string[]> } {
  const now = Date.now() / 1000;
  const due = now - issuedAt > (isVisit(event) ? lives.renew : otherwiseSeconds);
  if (!due || now - (tried.get(token) ?? 0) < retrySeconds) return { cookies: async () => [] };
  if (tried.size > 200) tried.clear();
  tried.set(token, now);
  const from = event.requestContext.http.sourceIp;
  const asked = askSignin({ ask: "renew", app: config.app, session: token, from }).then(
    (answer) => (answer !== "busy" && answer.session ? setCookie(event, "session", answer.session, lives.session) : []),
    () => [],
  );
  return {
    cookies: async () => {
      const { promise, resolve } = Promise.withResolvers<string[]>();
      const timer = setTimeout(resolve, mostWaitMs, []);
      const cookies = await Promise.race([asked, promise]);
      clearTimeout(timer);
      return cookies;
    },
  };
}

async function askSignin(request: SigninRequest): Promise<SigninResponse | "busy"> {
  const response = await awsCall({
    service: "lambda",
    method: "POST",
    path: `/2015-03-31/functions/${encodeURIComponent(config.signin)}/invocations`,
    body: JSON.stringify(request),
    timeoutMs: 12_000,
  });
  const text = (await bytesOf(response.body)).toString("utf8");
  if (response.status === 429) return "busy";
  if (response.status !== 200 || response.headers["x-amz-function-error"])
    throw new Error(`the sign-in function answered ${response.status}`);
  return JSON.parse(text) as SigninResponse;
}
