/** Items of a table as plain JSON, and their keys as texts of an address that are read back whole. Asks nobody. */
import { Problem } from "./http.mjs";

const number = (text) => (String(Number(text)) === text ? Number(text) : text);
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

const shapes = {
  S: (text) => text,
  // What a number of JavaScript cannot hold stays the digits it is.
  N: number,
  BOOL: (is) => is,
  NULL: () => null,
  B: base64,
  SS: (texts) => texts,
  NS: (numbers) => numbers.map(number),
  BS: (all) => all.map(base64),
  L: (list) => list.map(plain),
  M: (map) => Object.fromEntries(Object.entries(map).map(([name, value]) => [name, plain(value)])),
};

/** Sets become lists, and bytes base64. */
export function plain(value) {
  const [[shape, inside]] = Object.entries(value);
  return shapes[shape](inside);
}

const mostShown = 200;

/** As a page of many shows it: long texts are cut, and what is in it is not gone into. */
export function shortened(item) {
  const short = (value) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return text.length > mostShown ? `${[...text].slice(0, mostShown).join("")}…` : value;
  };
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, short(value)]));
}

/** `{ id: { S: "a" } }` as one word. */
export function keyOut(key) {
  const said = Object.entries(key).map(([name, { S, N, B }]) => [
    name,
    S !== undefined ? { S } : N !== undefined ? { N } : { B: base64(B) },
  ]);
  return Buffer.from(JSON.stringify(said)).toString("base64url");
}

/** Throws a Problem for what no page of ours said. */
export function keyIn(word) {
  let said;
  try {
    said = JSON.parse(Buffer.from(word, "base64url").toString("utf8"));
  } catch {
    throw leadsNowhere();
  }
  if (!Array.isArray(said) || !said.every(isAttribute)) throw leadsNowhere();
  return Object.fromEntries(
    said.map(([name, value]) => [name, value.B === undefined ? value : { B: Buffer.from(value.B, "base64") }]),
  );
}

const leadsNowhere = () => new Problem(400, "That leads nowhere in this store.");

function isAttribute(pair) {
  if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== "string") return false;
  const value = pair[1];
  if (value === null || typeof value !== "object") return false;
  const entries = Object.entries(value);
  return entries.length === 1 && /^[SNB]$/.test(entries[0][0]) && typeof entries[0][1] === "string";
}
