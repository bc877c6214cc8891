/** Answers of this site and the headers they carry: no script but ours, no frame, nothing kept, nobody told where from. */
import type { Request } from "./request.ts";

export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const always: Record<string, string> = {
  "cache-control": "no-store",
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "publickey-credentials-create=(self), publickey-credentials-get=(self)",
  // Not `no-referrer`: with that browsers do not say either where a form comes from.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** `secure`: browsers are told to stay with TLS. */
export function withDefaults(answer: Answer, secure: boolean): Answer {
  const strict: Record<string, string> = secure ? { "strict-transport-security": "max-age=31536000" } : {};
  return { ...answer, headers: { ...always, ...strict, ...answer.headers } };
}

export function html(statusCode: number, body: string, headers: Record<string, string> = {}): Answer {
  return { statusCode, headers: { "content-type": "text/html; charset=utf-8", ...headers }, body };
}

export function json(statusCode: number, value: unknown, cookies: string[] = []): Answer {
  return { statusCode, headers: { "content-type": "application/json" }, cookies, body: JSON.stringify(value) };
}

export function redirect(location: string, cookies: string[] = []): Answer {
  return { statusCode: 303, headers: { location }, cookies, body: "" };
}

export interface Told {
  status: number;
  /** Stable, kebab-case; for programs. */
  code: string;
  title: string;
  /** Sentences; nothing that came with the request. */
  text: string;
  headers?: Record<string, string>;
}

/** To programs what to people is a page. */
export function toldPlainly({ accept }: { accept: string | undefined }, told: Told): Answer {
  const { status, code, title, text, headers = {} } = told;
  if (accept?.includes("application/json"))
    return {
      statusCode: status,
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ error: code, message: text }),
    };
  return {
    statusCode: status,
    headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
    body: `${title}. ${text}\n`,
  };
}

export type Handler = (request: Request, now: number) => Promise<Answer>;
