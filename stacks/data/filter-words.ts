/** A filter's text, a word at a time: names, values and signs, each with its column. Knows no grammar beyond words. */
import { faults } from "./faults.ts";

/** What ends a word that is not in quotes. */
const ends = /[\s(),'"`=<>!]/;
const signs = ["<=", ">=", "!=", "<>", "=", "<", ">", "(", ")", ","];

export class Words {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Throws `filter-wrong`. */
  refuse(why: string, at = this.at): never {
    throw faults.filterWrong(this.text, at, why);
  }

  /** Past the blanks; true at the end. */
  atEnd(): boolean {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
    return this.at >= this.text.length;
  }

  /** The sign that comes next, if it is one of these. */
  sign(...wanted: readonly string[]): string | undefined {
    this.atEnd();
    const found = signs.find((one) => this.text.startsWith(one, this.at));
    if (found === undefined || !wanted.includes(found)) return undefined;
    this.at += found.length;
    return found;
  }

  /** The words that come next, whatever their case, if they are these. */
  keyword(...wanted: readonly string[]): boolean {
    const before = this.at;
    for (const word of wanted)
      if (this.bare().toLowerCase() !== word) {
        this.at = before;
        return false;
      }
    return true;
  }

  /** What comes next without quotes; empty at a sign, a quote and the end. */
  bare(): string {
    this.atEnd();
    const from = this.at;
    while (this.at < this.text.length && !ends.test(this.text[this.at]!)) this.at++;
    return this.text.slice(from, this.at);
  }

  /** A step of a path without quotes; empty where there is none. */
  name(): string {
    this.atEnd();
    const from = this.at;
    while (this.at < this.text.length && !ends.test(this.text[this.at]!) && !/[.[\]]/.test(this.text[this.at]!))
      this.at++;
    return this.text.slice(from, this.at);
  }

  /** The number of a `[0]` that follows at once. */
  place(): number | undefined {
    const [all, digits] = /^\[(\d{1,6})\]/.exec(this.text.slice(this.at, this.at + 8)) ?? [];
    if (all === undefined) return undefined;
    this.at += all.length;
    return Number(digits);
  }

  /** Whether a dot follows at once. */
  dot(): boolean {
    if (this.text[this.at] !== ".") return false;
    this.at++;
    return true;
  }

  /** What stands between two of these; a quote in it is written twice. */
  quoted(...quotes: readonly string[]): string | undefined {
    this.atEnd();
    const [from, quote] = [this.at, this.text[this.at]!];
    if (!quotes.includes(quote)) return undefined;
    let out = "";
    for (let at = from + 1; at < this.text.length; at++) {
      if (this.text[at] !== quote) out += this.text[at];
      else if (this.text[at + 1] === quote) out += this.text[at++];
      else {
        this.at = at + 1;
        return out;
      }
    }
    return this.refuse(`the ${quote} has no other one that ends it`, from);
  }
}
