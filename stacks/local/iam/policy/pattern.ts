/**
 * Wildcards: `*` for any run of characters, `?` for one. Matched by hand instead of by RegExp, so that no policy can be
 * written that takes longer than its length times the subject's.
 */
import type { Reading } from "./context.ts";
import { isVariable, type Literal, resolvedTemplate, type Template } from "./template.ts";

export type Pattern = (subject: string, reading: Reading) => boolean;

const anyRun = -1;
const anyOne = -2;

/** Code units; wildcards as the two negative numbers. */
type Glob = readonly number[];

export function compilePattern(template: Template): Pattern {
  if (template.some(isVariable))
    return (subject, reading) => {
      const resolved = resolvedTemplate(template, reading);
      return resolved !== undefined && matchesGlob(globOf(resolved), subject);
    };
  const match = compileGlob(globOf(template as Literal[]));
  return (subject) => match(subject);
}

/** For text that has no variables: action names. */
export function compileWildcards(text: string): (subject: string) => boolean {
  return compileGlob(globOf([{ text, plain: false }]));
}

function globOf(parts: readonly Literal[]): Glob {
  const glob: number[] = [];
  for (const { text, plain } of parts)
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (!plain && code === 42) {
        if (glob.at(-1) !== anyRun) glob.push(anyRun);
      } else glob.push(!plain && code === 63 ? anyOne : code);
    }
  return glob;
}

/** Most patterns are a whole text, `*`, or a text with one star at its end. */
function compileGlob(glob: Glob): (subject: string) => boolean {
  const wild = glob.findIndex((code) => code < 0);
  const head = String.fromCharCode(...glob.slice(0, wild === -1 ? glob.length : wild));
  if (wild === -1) return (subject) => subject === head;
  if (wild === glob.length - 1 && glob[wild] === anyRun) return (subject) => subject.startsWith(head);
  return (subject) => subject.startsWith(head) && matchesGlob(glob, subject);
}

function matchesGlob(glob: Glob, subject: string): boolean {
  let at = 0;
  let token = 0;
  /** Where to try again: the last star's place, and how far it has reached. */
  let star = -1;
  let reached = 0;
  while (at < subject.length) {
    const code = glob[token];
    if (code === anyRun) {
      star = token++;
      reached = at;
    } else if (code === anyOne || code === subject.charCodeAt(at)) {
      token++;
      at++;
    } else if (star !== -1) {
      token = star + 1;
      at = ++reached;
    } else return false;
  }
  while (glob[token] === anyRun) token++;
  return token === glob.length;
}
