/**
 * Which security headers of an app let browsers do more than the safe ones do that every answer has otherwise
 * (stacks/functions/gate/headers.ts): those are told before an install. What is stricter, or the same, is no reach.
 */

/** Directives that the safe policy has and no other directive stands for, and what it allows of each. */
const policy: Readonly<Record<string, readonly string[]>> = {
  "frame-ancestors": ["'none'"],
  "base-uri": ["'none'", "'self'"],
  "form-action": ["'none'", "'self'"],
  "object-src": ["'none'"],
};
/** What is in force where a directive is not there. */
const fallbacks: Readonly<Record<string, string>> = { "object-src": "default-src" };

const closedFeatures = ["camera", "display-capture", "geolocation", "microphone", "payment", "usb"];

const isAsSafe: Readonly<Record<string, (value: string) => boolean>> = {
  "content-security-policy": isStrictPolicy,
  "x-frame-options": (value) => /^deny$/i.test(value),
  "cross-origin-opener-policy": (value) => value === "same-origin",
  "cross-origin-resource-policy": (value) => value === "same-origin",
  "referrer-policy": (value) => value === "same-origin" || value === "no-referrer",
  "permissions-policy": (value) => {
    const closed = new Set(value.split(",").map((one) => one.replace(/\s/g, "")));
    return closedFeatures.every((feature) => closed.has(`${feature}=()`));
  },
};

/** Of a header that a manifest declares; `false` is one that is not sent. What has no safe value has nothing to relax. */
export function relaxes(name: string, value: string | false): boolean {
  const safe = Object.hasOwn(isAsSafe, name) ? isAsSafe[name] : undefined;
  return safe !== undefined && (value === false || !safe(value.trim()));
}

/** Of several policies, with commas between them, a browser obeys each. */
function isStrictPolicy(value: string): boolean {
  const policies = value.split(",").map(directivesOf);
  return Object.entries(policy).every(([name, allowed]) =>
    policies.some((directives) => {
      const sources = directives.get(name) ?? directives.get(fallbacks[name] ?? "");
      return sources?.every((source) => allowed.includes(source)) ?? false;
    }),
  );
}

/** The first of a name counts; one without sources allows none. */
function directivesOf(text: string): Map<string, string[]> {
  const directives = new Map<string, string[]>();
  for (const directive of text.split(";")) {
    const [name, ...sources] = directive.trim().split(/\s+/);
    if (name && !directives.has(name.toLowerCase()))
      directives.set(
        name.toLowerCase(),
        sources.map((source) => source.toLowerCase()),
      );
  }
  return directives;
}
