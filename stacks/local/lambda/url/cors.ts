/** CORS of function URLs: preflights are answered without the function, other answers get the headers. */
import type { Call, Reply } from "../../service.ts";
import type { CorsRecord } from "../records.ts";

export function isPreflight(call: Call): boolean {
  return (
    call.method === "OPTIONS" &&
    call.headers["origin"] !== undefined &&
    call.headers["access-control-request-method"] !== undefined
  );
}

export function preflight(cors: CorsRecord, call: Call): Reply {
  const headers = corsHeaders(cors, call);
  const method = call.headers["access-control-request-method"]!;
  const methods = cors.AllowMethods ?? [];
  if (headers["access-control-allow-origin"] && (methods.includes("*") || methods.includes(method.toUpperCase()))) {
    headers["access-control-allow-methods"] = methods.includes("*") ? "*" : methods.join(",");
    if (cors.AllowHeaders?.length) headers["access-control-allow-headers"] = cors.AllowHeaders.join(",");
    if (cors.MaxAge) headers["access-control-max-age"] = String(cors.MaxAge);
  }
  return { status: 200, headers: { ...headers, "x-amzn-requestid": call.requestId }, body: "" };
}

/** What every answer to another origin carries; empty when the origin is not allowed. */
export function corsHeaders(cors: CorsRecord, call: Call): Record<string, string> {
  const origin = call.headers["origin"];
  if (!origin || !(cors.AllowOrigins ?? []).some((allowed) => originMatches(allowed, origin))) return {};
  const any = cors.AllowOrigins?.includes("*") && !cors.AllowCredentials;
  return {
    "access-control-allow-origin": any ? "*" : origin,
    vary: "Origin",
    ...(cors.AllowCredentials && { "access-control-allow-credentials": "true" }),
    ...(cors.ExposeHeaders?.length && { "access-control-expose-headers": cors.ExposeHeaders.join(",") }),
  };
}

/** `*`, an origin, or one with `*` for a subdomain or port. */
function originMatches(allowed: string, origin: string): boolean {
  if (allowed === "*" || allowed.toLowerCase() === origin.toLowerCase()) return true;
  if (!allowed.includes("*")) return false;
  const pattern = allowed.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join("[^/]*")}$`, "i").test(origin);
}
