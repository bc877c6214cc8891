/**
 * The headers that every answer carries. Safe by default; the manifest's `headers` are what an app declared instead, for
 * everybody to see on its card. What a function sends can only be stricter than that.
 */
import { type Answer, pagePolicy } from "./answer.ts";
import { config } from "./config.ts";

const defaults: Readonly<Record<string, string>> = {
  "referrer-policy": "same-origin",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
};

/** Of a function's own values, those that are no relaxation whatever was declared. */
const stricter: Readonly<Record<string, RegExp>> = {
  "referrer-policy": /^no-referrer$/,
  "x-frame-options": /^deny$/i,
  "cross-origin-opener-policy": /^same-origin$/,
  "cross-origin-resource-policy": /^same-origin$/,
  "permissions-policy": /^$/,
};

/** `false`: the header is not sent. */
const declared: Readonly<Record<string, string | false>> = { ...defaults, ...config.headers };

/** The gate's own pages are not what an app's declaration is about: it would take their looks away, or open them. */
export function withSafeHeaders({ headers, why }: Answer, secure: boolean): Record<string, string> {
  const all =
    why === undefined ? asDeclared(headers) : { ...headers, ...defaults, "content-security-policy": pagePolicy };
  all["x-content-type-options"] = "nosniff";
  if (secure) all["strict-transport-security"] ??= "max-age=31536000";
  return all;
}

function asDeclared(headers: Record<string, string>): Record<string, string> {
  const all = { ...headers };
  for (const [name, value] of Object.entries(declared)) {
    const own = all[name];
    const counts = own !== undefined && (value === false ? name === csp : stricter[name]?.test(own));
    if (counts) continue;
    delete all[name];
    if (value === false) continue;
    // Of two policies a browser keeps both.
    all[name] = name === csp && own !== undefined && own !== value ? `${value}, ${own}` : value;
  }
  return all;
}

const csp = "content-security-policy";
