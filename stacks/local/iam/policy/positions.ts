/**
 * Where a policy's statements stand in its text, as the simulator tells it: lines and columns from 1. The end is after the
 * closing brace; the beginning is where the parser stood before the statement: after the list's bracket, after the
 * statement before it, or after the statement's own brace when it is not in a list.
 */

/** A type, not an interface: it is answered as it is, and only a type fits XmlValue. */
export type Position = { Line: number; Column: number };

export interface Span {
  start: Position;
  end: Position;
}

/** `text` is valid JSON with a Statement element. One span for each statement, in order. */
export function statementSpans(text: string): Span[] {
  const at = statementValue(text);
  const lines = lineStarts(text);
  const position = (offset: number): Position => {
    const line = lines.findLastIndex((start) => start <= offset);
    return { Line: line + 1, Column: offset - (lines[line] ?? 0) + 1 };
  };
  if (text[at] === "{") return [{ start: position(at + 1), end: position(skipValue(text, at)) }];
  const spans: Span[] = [];
  let before = at + 1;
  let next = skipSpace(text, before);
  while (text[next] === "{") {
    const end = skipValue(text, next);
    spans.push({ start: position(before), end: position(end) });
    before = end;
    next = skipSpace(text, end);
    if (text[next] === ",") next = skipSpace(text, next + 1);
  }
  return spans;
}

/** Of the document's own member: names inside values do not count. A member given twice counts as JSON reads it, last. */
function statementValue(text: string): number {
  let found = 0;
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] === '"') {
    const end = skipString(text, at);
    const name = JSON.parse(text.slice(at, end));
    const value = skipSpace(text, skipSpace(text, end) + 1);
    if (name === "Statement") found = value;
    at = skipSpace(text, skipValue(text, value));
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return found;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text[at] ?? "")) at++;
  return at;
}

function skipString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function skipValue(text: string, from: number): number {
  if (text[from] === '"') return skipString(text, from);
  let depth = 0;
  let at = from;
  do {
    const letter = text[at] ?? "";
    if (letter === '"') {
      at = skipString(text, at);
      continue;
    }
    if (/[[{]/.test(letter)) depth++;
    else if (/[\]}]/.test(letter)) {
      if (depth === 0) return at;
      depth--;
    } else if (depth === 0 && /[,\s]/.test(letter)) return at;
    at++;
  } while (at < text.length && (depth > 0 || !/[,\]}\s]/.test(text[at] ?? "")));
  return at;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
