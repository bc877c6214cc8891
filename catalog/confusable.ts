/**
 * Names that look like other names: letters of other scripts that are drawn as Latin ones, two scripts in one word,
 * names a slip away from a bundled one. Says what to look at twice; refuses nothing.
 */
import { distance } from "../blueprints/suggest.ts";

/** Letters drawn as Latin ones: Cyrillic, Greek, Armenian and a few more, each before what it is taken for. */
const drawnAs = new Map(
  (
    "аa вb сc ԁd еe ёe ғf ɡg һh нh іi їi јj кk ӏl мm пn оo рp ԛq гr ѕs тt цu ѵv ԝw хx уy ўy " +
    "αa βb ςc εe ηn ιi κk νv οo ρp σo τt υu χx γy ωw ϲc ϳj " +
    "օo ոn սu հh ցg զq ӧo ıi łl øo đd ħh ƒf ꜱs ʀr ᴀa ɑa ℓl"
  )
    .split(" ")
    .map((pair) => [pair[0]!, pair.slice(1)]),
);
/** What is misread in the names themselves, which have plain letters and digits only. */
const misread: readonly (readonly [RegExp, string])[] = [
  [/rn/g, "m"],
  [/vv/g, "w"],
  [/cl/g, "d"],
  [/0/g, "o"],
  [/[1l|]/g, "i"],
  [/5/g, "s"],
  [/[-_ .]/g, ""],
];

/** The same for all texts that look the same, as far as this table goes. */
export function skeleton(text: string): string {
  let out = /^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : drawnAsLatin(text);
  for (const [from, to] of misread) out = out.replace(from, to);
  return out;
}

function drawnAsLatin(text: string): string {
  let out = "";
  for (const letter of text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\p{M}\p{Cf}]/gu, ""))
    out += drawnAs.get(letter) ?? letter;
  return out;
}

const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];

/** Whether one word has letters of scripts that are mistaken for each other. */
export function mixesScripts(text: string): boolean {
  return /[^\x20-\x7e]/.test(text) && text.split(/[^\p{L}\p{M}]+/u).some((word) => countOf(word) > 1);
}

const countOf = (word: string): number => scripts.filter((script) => script.test(word)).length;

/** Whether `name` is another name than `known`, and can be taken for it. */
export function looksLike(name: string, known: string): boolean {
  if (name === known) return false;
  if (skeleton(name) === skeleton(known)) return true;
  return Math.min(name.length, known.length) >= 5 && distance(name, known) === 1;
}
