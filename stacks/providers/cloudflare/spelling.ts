/**
 * The one spelling of what DNS takes for the same: names without their last dot, in small letters and punycode; addresses
 * in their shortest form; TXT without its quotes. What is compared is spelled so; what a program said stays as it is.
 */
import { domainToASCII } from "node:url";
import type { PropertyMap, PropertyValue } from "../../engine/value.ts";

/** `Bücher.Example.` is `xn--bcher-kva.example`. */
export function host(name: string): string {
  const plain = name.trim().replace(/\.$/, "").toLowerCase();
  return /^[\x00-\x7f]*$/.test(plain) ? plain : domainToASCII(plain) || plain;
}

/** A record's whole name: `www`, `@` and `www.example.com` are all said of a zone. */
export function wholeName(name: string, zone: string): string {
  const plain = host(name);
  if (plain === "@" || plain === "" || plain === zone) return zone;
  return plain.endsWith(`.${zone}`) ? plain : `${plain}.${zone}`;
}

/** Types whose content is a host. */
const hosts = new Set(["CNAME", "MX", "NS", "PTR"]);

export function content(type: string, said: string): string {
  if (hosts.has(type)) return host(said);
  if (type === "A") return said.trim();
  if (type === "AAAA") return address(said.trim());
  return type === "TXT" ? unquoted(said) : said;
}

function address(said: string): string {
  return URL.canParse(`http://[${said}]`) ? new URL(`http://[${said}]`).hostname.slice(1, -1) : said.toLowerCase();
}

/** `"v=spf1 " "-all"` says `v=spf1 -all`; what has no quotes around it says itself. */
function unquoted(said: string): string {
  const whole = /^\s*("(?:[^"\\]|\\.)*"\s*)+$/s;
  if (!whole.test(said)) return said.replace(/^"(.*)"$/s, "$1");
  const strings = said.match(/"(?:[^"\\]|\\.)*"/gs) ?? [];
  return strings.map((one) => one.slice(1, -1).replace(/\\(.)/gs, "$1")).join("");
}

/** Parts of `data` that are hosts. */
const hostParts = ["target", "replacement"];

/** Of a record's inputs. Unknown values stay. */
export function spelled(inputs: PropertyMap): PropertyMap {
  const result: PropertyMap = { ...inputs };
  const { type, name, content: said, data } = inputs;
  if (typeof name === "string") result["name"] = host(name);
  if (typeof type === "string" && typeof said === "string") result["content"] = content(type, said);
  if (isMap(data)) result["data"] = spelledData(data);
  return result;
}

function spelledData(data: PropertyMap): PropertyMap {
  const parts = hostParts.flatMap((part) => {
    const said = data[part];
    // A lone dot is the root, which is no empty name.
    return typeof said === "string" && said !== "." ? [[part, host(said)] as const] : [];
  });
  return { ...data, ...Object.fromEntries(parts) };
}

function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
