/**
 * Words that are nearly those of names and titles: one letter more, less, another, or two that changed places; two such
 * slips in long words. Most words are ruled out by their letters before their distance is measured.
 */
import { distance } from "../blueprints/suggest.ts";

export interface Vocabulary {
  /** Which texts have a word, or the beginning of one, that is nearly this one; true of those that begin with it. */
  near(word: string): ReadonlyMap<number, boolean>;
}

interface Known {
  word: string;
  letters: number;
  texts: number[];
  /** Texts that begin with it. */
  first: Set<number>;
}

const shortest = 3;
const slipsIn = (length: number): number => (length < shortest ? 0 : length < 6 ? 1 : 2);

/** Of texts in lower case; they are answered with by their place. */
export function vocabularyOf(texts: readonly string[]): Vocabulary {
  const words = new Map<string, Known>();
  for (const [at, text] of texts.entries())
    for (const [place, word] of partsOf(text).entries()) {
      if (word.length < shortest - 1) continue;
      let known = words.get(word);
      if (!known) {
        known = { word, letters: lettersOf(word), texts: [], first: new Set() };
        words.set(word, known);
      }
      if (known.texts.at(-1) !== at) known.texts.push(at);
      if (place === 0) known.first.add(at);
    }
  const all = [...words.values()];
  return {
    near(word) {
      const slips = slipsIn(word.length);
      const found = new Map<number, boolean>();
      if (slips === 0) return found;
      const letters = lettersOf(word);
      for (const known of all)
        if (mayBeNear(known, word, letters, slips) && isNear(known.word, word, slips))
          for (const at of known.texts) found.set(at, found.get(at) === true || known.first.has(at));
      return found;
    },
  };
}

/** Most texts are ASCII's, and those are taken apart in a tenth of the time. */
const partsOf = (text: string): string[] => text.split(/^[\x20-\x7e]*$/.test(text) ? /[^a-z0-9]+/ : /[^\p{L}\p{N}]+/u);

/** A bit a letter, as far as there are bits. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) & 31);
  return letters;
}

/** Each slip takes away one letter at most; longer words may begin with what was typed. */
function mayBeNear(known: Known, word: string, letters: number, slips: number): boolean {
  if (known.word.length < word.length - slips) return false;
  return bits(letters & ~known.letters) <= slips;
}

function bits(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The first letter is rarely the wrong one, and a swap of the first two is the only such slip that is looked for. */
function isNear(known: string, word: string, slips: number): boolean {
  if (known[0] !== word[0] && known[0] !== word[1]) return false;
  if (known.length - word.length <= slips && distance(known, word) <= slips) return true;
  return word.length >= 5 && known.length > word.length && distance(known.slice(0, word.length), word) <= 1;
}
