/**
 * Markdown of a stranger's as plain lines of a terminal: words, lists, code, tables. Interprets no HTML, loads no image
 * and hides no address: what a link leads to stands beside its words, and is clickable only where it is https.
 */
import { lexer, type Token, type Tokens } from "marked";
import { safeText } from "../safe-text.ts";
import type { Paint } from "./paint.ts";
import { widthOf, wrap } from "./width.ts";

/** Characters that are rendered; the rest is cut off, and that is said. */
export const mostMarkdown = 64 * 1024;
/** Nested deeper than this it is no text for people, and takes its parser long. */
const tooDeep = /^(\s{0,3}>){12}|^ {32,}([-*+]|\d+[.)]) /m;
const deepest = 12;

export function markdownLines(text: string, width: number, paint: Paint): string[] {
  const safe = safeText(text, { lines: true });
  const shown = safe.slice(0, mostMarkdown);
  const lines = trimmed(rendered(shown, width, paint));
  return safe.length > shown.length ? [...lines, "", paint.dim("… the rest is cut off")] : lines;
}

function rendered(text: string, width: number, paint: Paint): string[] {
  if (tooDeep.test(text)) return wrap(text, width);
  try {
    const draw = new Drawing(paint);
    return draw.blocks(lexer(text), width, 0);
  } catch (error) {
    // Parsers go down with nesting; the text itself can still be read.
    if (error instanceof RangeError) return wrap(text, width);
    throw error;
  }
}

/** No empty lines at the ends, none twice. */
function trimmed(lines: string[]): string[] {
  const once = lines.filter((line, at) => line !== "" || (at > 0 && lines[at - 1] !== ""));
  return once.at(-1) === "" ? once.slice(0, -1) : once;
}

class Drawing {
  readonly #paint: Paint;
  /** Addresses of https links, which stand in the text whole. */
  readonly #links = new Set<string>();

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  blocks(tokens: readonly Token[], width: number, depth: number): string[] {
    if (depth > deepest) return wrap(tokens.map(({ raw }) => raw).join(""), width);
    return tokens.flatMap((token) => this.#block(token, Math.max(10, width), depth));
  }

  #block(token: Token, width: number, depth: number): string[] {
    switch (token.type) {
      case "space":
      case "def":
        return [""];
      case "heading":
        return ["", ...this.#wrapped(token.tokens, width).map((line) => this.#paint.bold(line)), ""];
      case "hr":
        return ["", "-".repeat(Math.min(width, 20)), ""];
      case "code":
        return ["", ...indented(wrap(safeText(token["text"], { lines: true }), width - 4), "    "), ""];
      case "blockquote":
        return ["", ...indented(trimmed(this.blocks(token.tokens ?? [], width - 2, depth + 1)), "| "), ""];
      case "list":
        return ["", ...this.#list(token as Tokens.List, width, depth), ""];
      case "table":
        return ["", ...this.#table(token as Tokens.Table, width), ""];
      case "html":
        return wrap(withoutComments(token.raw).trim(), width).map((line) => this.#paint.dim(line));
      case "paragraph":
        return [...this.#wrapped(token.tokens, width), ""];
      default:
        return this.#wrapped(token.type === "text" && token.tokens ? token.tokens : [token], width);
    }
  }

  #list({ items, ordered, start }: Tokens.List, width: number, depth: number): string[] {
    return items.flatMap((item, at) => {
      const box = item.task ? (item.checked ? "[x] " : "[ ] ") : "";
      const mark = `${ordered ? `${Number(start || 1) + at}.` : "-"} ${box}`;
      const inside = item.tokens.filter(({ type }) => type !== "checkbox");
      const lines = trimmed(this.blocks(inside, width - mark.length, depth + 1)).filter((line) => line !== "");
      return lines.map((line, n) => `${n === 0 ? mark : " ".repeat(mark.length)}${line}`);
    });
  }

  #table({ header, rows }: Tokens.Table, width: number): string[] {
    const row = (cells: Tokens.TableCell[]): string => cells.map(({ tokens }) => this.inline(tokens)).join(" | ");
    return [row(header), ...rows.map(row)].flatMap((line) => wrap(line, width)).map((line) => this.#clickable(line));
  }

  #wrapped(tokens: readonly Token[] | undefined, width: number): string[] {
    return wrap(this.inline(tokens ?? []), width).map((line) => this.#clickable(line));
  }

  /** As plain words, made safe once more: the parser puts in what numbers of characters stand for. */
  inline(tokens: readonly Token[]): string {
    return safeText(tokens.map((token) => this.#words(token)).join(""), { lines: true });
  }

  #words(token: Token): string {
    switch (token.type) {
      case "br":
        return "\n";
      case "image":
        return `[image: ${token["text"] || "without words"}]`;
      case "link":
        return this.#link(token as Tokens.Link);
      case "codespan":
      case "escape":
        return token["text"];
      case "html":
        return withoutComments(token.raw);
      default:
        if ("tokens" in token && token.tokens) return this.inline(token.tokens);
        return decoded(String("text" in token ? token.text : token.raw).replaceAll("\n", " "));
    }
  }

  #link({ href, tokens, text }: Tokens.Link): string {
    const words = this.inline(tokens) || text;
    if (/^https:\/\/[^\s()<>]+$/.test(href)) this.#links.add(href);
    return words === href || `mailto:${words}` === href ? words : `${words} (${href})`;
  }

  /** An address that was cut apart at the end of a line is only text. */
  #clickable(line: string): string {
    return line.replace(/https:\/\/[^\s()<>]+/g, (address) =>
      this.#links.has(address) ? this.#paint.link(address) : address,
    );
  }
}

const withoutComments = (html: string): string => html.replace(/<!--[\s\S]*?(-->|$)/g, "");

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };
/** Those that people write; the rest stands as it is. */
const decoded = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => entities[name] ?? "");

const indented = (lines: readonly string[], by: string): string[] =>
  lines.map((line) => (widthOf(line) === 0 ? by.trimEnd() : by + line));
