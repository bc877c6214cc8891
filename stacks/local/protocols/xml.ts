/** Writing XML: escaping, and elements from plain values. Reading is fast-xml-parser's. */

const special = /[&<>"'\r\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;
const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\r": "&#13;",
};

/** Control characters have no form in XML 1.0; AWS writes them as character references all the same, and clients read them. */
export function escapeXml(text: string): string {
  return text.replace(special, (letter) => entities[letter] ?? `&#x${letter.charCodeAt(0).toString(16)};`);
}

/** `undefined` is left out; arrays become `<member>` items and maps `<entry>` items, as awsQuery's do. */
export type XmlValue =
  | undefined
  | string
  | number
  | boolean
  | Date
  | XmlValue[]
  | Map<string, XmlValue>
  | { [name: string]: XmlValue };

export function element(name: string, value: XmlValue): string {
  return value === undefined ? "" : `<${name}>${content(value)}</${name}>`;
}

function content(value: Exclude<XmlValue, undefined>): string {
  if (Array.isArray(value)) return value.map((item) => element("member", item)).join("");
  if (value instanceof Map) return [...value].map(([key, inner]) => element("entry", { key, value: inner })).join("");
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, "Z");
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, inner]) => element(name, inner))
      .join("");
  return escapeXml(String(value));
}
