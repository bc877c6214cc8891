/**
 * What the gate answers with, and small pages of its own: nothing in them came with the request, and they look as the
 * sign-in site does, whatever the app declared about its own pages.
 */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { config } from "./config.ts";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  cookies?: string[];
  body?: string | Buffer | Readable;
  /** Code of the gate's own pages, which did not come from the app. */
  why?: string;
}

export function redirect(location: string, cookies: string[], status = 303): Answer {
  return { status, headers: { location, "cache-control": "no-store" }, cookies, body: "" };
}

export interface PageOptions {
  status: number;
  /** Machine-readable, in the JSON. */
  code: string;
  title: string;
  text: string;
  requestId?: string;
  headers?: Record<string, string>;
  /** Seconds. */
  retryAfter?: number;
  /** Of this site, made by us. */
  link?: { to: string; text: string };
  /** The page asks again by itself after that time. */
  refresh?: boolean;
}

const style =
  ":root{color-scheme:light dark}" +
  "body{margin:0;background:light-dark(#fff,#16181d);color:light-dark(#1b1e24,#eceef2);font:1.0625rem/1.5 system-ui,sans-serif}" +
  "main{max-width:26rem;margin:0 auto;padding:max(1rem,12vh) 1rem 2rem;overflow-wrap:anywhere}" +
  "h1{margin:0 0 1rem;font-size:1.6rem;line-height:1.2}" +
  ".app,small{color:light-dark(#5a6070,#a3a9b8)}.app{margin:0}" +
  "a{color:light-dark(#1d4ed8,#8fb4ff)}";

/** Of the pages below: this style, and nothing else at all. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A small page for people, whose browsers ask for one; JSON for programs. Never anything that came with the request. */
export function page(accept: string | undefined, options: PageOptions): Answer {
  const { status, code, title, text, requestId, retryAfter } = options;
  const headers: Record<string, string> = { "cache-control": "no-store", ...options.headers };
  if (requestId) headers["x-freehold-request-id"] = requestId;
  if (retryAfter) headers["retry-after"] = String(retryAfter);
  if (!accept?.includes("text/html")) {
    const more = { ...(requestId ? { requestId } : {}), ...(retryAfter ? { retryAfter } : {}) };
    const body = JSON.stringify({ error: code, message: text, ...more });
    return { status, headers: { ...headers, "content-type": "application/json" }, body, why: code };
  }
  const { link } = options;
  const on = link ? `<p><a href="${escapeHtml(link.to)}">${escapeHtml(link.text)}</a></p>` : "";
  const id = requestId ? `<p><small>Request ${escapeHtml(requestId)}</small></p>` : "";
  const again = options.refresh ? `<meta http-equiv="refresh" content="${retryAfter ?? 1}">` : "";
  const body = `<!doctype html>
<html lang="en"><meta charset="utf-8">${again}<meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>${style}</style>
<main><p class="app">${escapeHtml(config.app)}</p><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${on}${id}</main></html>
`;
  return { status, headers: { ...headers, "content-type": "text/html; charset=utf-8" }, body, why: code };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
