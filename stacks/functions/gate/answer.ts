/** What the gate answers with, and small pages of its own: nothing in them came with the request. */
import type { Readable } from "node:stream";

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
  /** Machine-readable, for those who asked for JSON. */
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

/** JSON for those who ask for it, a small page for people. Never anything that came with the request. */
export function page(accept: string | undefined, options: PageOptions): Answer {
  const { status, code, title, text, requestId, retryAfter } = options;
  const headers: Record<string, string> = { "cache-control": "no-store", ...options.headers };
  if (requestId) headers["x-freehold-request-id"] = requestId;
  if (retryAfter) headers["retry-after"] = String(retryAfter);
  if (accept?.includes("application/json") && !accept.includes("text/html")) {
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
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${on}${id}</html>
`;
  return { status, headers: { ...headers, "content-type": "text/html; charset=utf-8" }, body, why: code };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
