/** Version ranges as programs demand an engine's version: `>=3.5.0 !3.7.7`, `<3.4.0 || >3.8.0`, `3.x`. Pure. */
import { Diagnosis } from "../diagnosis.ts";

type Version = readonly [number, number, number, string];

/** Throws when `version` is not in `range`, or the range is none. An empty range is any version. */
export function requireVersion(range: string, version: string): void {
  if (range.trim() === "") return;
  const own = parse(version);
  const alternatives = range.split("||").map((part) => part.trim().split(/(?<![<>=!])\s+/));
  const fits = alternatives
    .map((all) => all.map((one) => satisfies(own, one, range)))
    .some((all) => all.every(Boolean));
  if (!fits)
    throw new Diagnosis(`Pulumi CLI version ${version} does not satisfy the version range ${JSON.stringify(range)}`);
}

const comparisons: { [operator: string]: (order: number) => boolean } = {
  "": (order) => order === 0,
  "=": (order) => order === 0,
  "==": (order) => order === 0,
  "!": (order) => order !== 0,
  "!=": (order) => order !== 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
};

function satisfies(own: Version, text: string, range: string): boolean {
  const parts =
    /^(==|=|!=|!|>=|>|<=|<|)\s*v?(\d+)(?:\.(\d+|x))?(?:\.(\d+|x))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (!parts) throw new Diagnosis(`parsing CLI version range ${JSON.stringify(range)}: "${text}" is no comparison`);
  const [, operator, major, minor = "x", patch = "x", pre = ""] = parts;
  const low: Version = [Number(major), wild(minor), wild(patch), pre.slice(1)];
  if (minor !== "x" && patch !== "x") return comparisons[operator!]!(order(own, low));
  // A part left open stands for every version that begins so.
  const high: Version = minor === "x" ? [low[0] + 1, 0, 0, ""] : [low[0], low[1] + 1, 0, ""];
  const within = order(own, low) >= 0 && order(own, high) < 0;
  const byOperator: { [operator: string]: boolean } = {
    ">": order(own, high) >= 0,
    ">=": order(own, low) >= 0,
    "<": order(own, low) < 0,
    "<=": order(own, high) < 0,
    "!": !within,
    "!=": !within,
  };
  return byOperator[operator!] ?? within;
}

function wild(part: string): number {
  return part === "x" ? 0 : Number(part);
}

function parse(version: string): Version {
  const parts = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?/.exec(version);
  if (!parts) throw new Diagnosis(`parsing CLI version ${JSON.stringify(version)}: no version`);
  return [Number(parts[1]), Number(parts[2] ?? 0), Number(parts[3] ?? 0), parts[4] ?? ""];
}

function order(a: Version, b: Version): number {
  for (const at of [0, 1, 2] as const) if (a[at] !== b[at]) return a[at] - b[at];
  if (a[3] === b[3]) return 0;
  if (a[3] === "") return 1;
  if (b[3] === "") return -1;
  return orderOfPre(a[3].split("."), b[3].split("."));
}

/** Numbers before words, numbers by size, words by letter; what goes on is later. */
function orderOfPre(a: string[], b: string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [x, y] = [a[at]!, b[at]!];
    if (x === y) continue;
    const numbers = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (numbers[0] && numbers[1]) return Number(x) - Number(y);
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
