/** A command line as a shell would take it apart: words, quotes, backslashes. Nothing is expanded and nothing is run. */

/** The words, or why there are none. */
export function words(line: string): string[] | string {
  const out: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (quote !== "" && char === quote) quote = "";
    else if (quote !== "'" && char === "\\" && at + 1 < line.length) word = (word ?? "") + line[++at]!;
    else if (quote !== "") word = (word ?? "") + char;
    else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) out.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") return `A quotation mark ${quote} is missing.`;
  return word === undefined ? out : [...out, word];
}
