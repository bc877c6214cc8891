/** Lists as tags of a function: AWS takes 256 characters a value. */

const longestTagValue = 256;

/** `NAME`, and `NAME:2`, `NAME:3` and so on for what does not fit; words are parted by a space. No words are no tags. */
export function packedTags(name: string, words: readonly string[]): Record<string, string> {
  const values: string[] = [];
  for (const word of words) {
    const last = values.at(-1);
    if (last === undefined || last.length + 1 + word.length > longestTagValue) values.push(word);
    else values[values.length - 1] = `${last} ${word}`;
  }
  return Object.fromEntries(values.map((value, index) => [index === 0 ? name : `${name}:${index + 1}`, value]));
}
