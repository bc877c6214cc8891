/**
 * AWS's patterns are Java's and match a whole value. Most are JavaScript's, too; the few words that are not are put in
 * ours. Who asks checks lengths first: no pattern sees a value longer than its shape allows.
 */

const translated: readonly (readonly [RegExp, string])[] = [
  // Outside and inside of brackets alike, since it is one range.
  [/\[\\p\{Print\}\]|\\p\{Print\}/g, "[\\x20-\\x7e]"],
  [/^\(\?i\)(.*)$/s, "(?i:$1)"],
];

const compiled = new Map<string, RegExp>();

/** Throws SyntaxError for a pattern that is nobody's; a test compiles every one of the models. */
export function wholePattern(source: string): RegExp {
  const known = compiled.get(source);
  if (known) return known;
  const ours = translated.reduce((text, [from, to]) => text.replace(from, to), source);
  const made = compile(`^(?:${ours})$`);
  compiled.set(source, made);
  return made;
}

/** Classes such as `\p{L}` and ranges of whole code points need `u`; escapes such as `\-` are refused with it and mean themselves without. */
function compile(source: string): RegExp {
  if (!/\\p\{|\\uD800\\uDC00/.test(source)) return new RegExp(source, "s");
  try {
    return new RegExp(source, "su");
  } catch {
    return new RegExp(
      source.replace(/\\([-_:@#%&=~`!"',;<> ])/g, (_, letter) => (letter === "-" ? "\\-" : letter)),
      "su",
    );
  }
}
