/** What the gate answers with: small pages of its own, and the headers every answer carries. */
import type { Readable } from "node:stream";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  cookies?: string[];
  body?: string | Buffer | Readable;
}

/** Safe unless the app said otherwise. */
const defaults: Record<string, string> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'",
};

export function withDefaults(headers: Record<string, string>, secure: boolean): Record<string, string> {
  const all = { ...defaults, ...headers };
  if (secure) all["strict-transport-security"] ??= "max-age=31536000";
  return all;
}

export interface PageOptions {
  status: number;
  /** Machine-readable, for those who asked for JSON. */
  code: string;
  title: string;
  text: string;
  requestId?: string;
  headers?: Record<string, string>;
}

/** JSON for those who ask for it, a small page for people. Never anything that came with the request. */
export function page(accept: string | undefined, options: PageOptions): Answer {
  const { status, code, title, text, requestId } = options;
  const headers: Record<string, string> = { "cache-control": "no-store", ...options.headers };
  if (requestId) headers["x-freehold-request-id"] = requestId;
  if (accept?.includes("application/json") && !accept.includes("text/html")) {
    const body = JSON.stringify({ error: code, message: text, ...(requestId ? { requestId } : {}) });
    return { status, headers: { ...headers, "content-type": "application/json" }, body };
  }
  const id = requestId ? `<p><small>Request ${escapeHtml(requestId)}</small></p>` : "";
  const body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${id}</html>
`;
  return { status, headers: { ...headers, "content-type": "text/html; charset=utf-8" }, body };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
