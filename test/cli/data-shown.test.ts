/** Words and pictures from stores on a terminal: what may be pasted into a shell, what a terminal is told, how an editor is named. */
import { describe, expect, it } from "vitest";
import { wordsOf } from "../../cli/editor.ts";
import { imageSequence, inlineImage } from "../../cli/ui/inline-image.ts";
import { shellWord } from "../../cli/ui/shell-word.ts";

// A file's name is a stranger's, and a hint that is shown is pasted.
it.each([
  ["a/b-1.txt", "a/b-1.txt"],
  ["two words", "'two words'"],
  ["x'; rm -rf ~ #", "'x'\\''; rm -rf ~ #'"],
  ["$(id)`id`", "'$(id)`id`'"],
  ["--output=/etc/x", "KEY"],
  ["a\nb", "KEY"],
  ["a\u202eb", "KEY"],
  ["", "''"],
])("%j stands in a command as %s", (name, word) => expect(shellWord(name, "KEY")).toBe(word));

// No shell is asked what $EDITOR says, so its words are found here.
it.each([
  ["vi", ["vi"]],
  ["code --wait", ["code", "--wait"]],
  [`"/path with blanks/ed" -n 'a "b"'`, ["/path with blanks/ed", "-n", 'a "b"']],
  ["ed$HOME;x `id`", ["ed$HOME;x", "`id`"]],
  ["  ", []],
])("the editor %j is these words", (said, words) => expect(wordsOf(said)).toEqual(words));

describe("a picture", () => {
  const png = Buffer.from(`89504e470d0a1a0a${"00".repeat(6000)}`, "hex");

  it("is told to a terminal that shows one, in pieces of base64 and nothing else", () => {
    const image = inlineImage({ TERM: "xterm-kitty" }, png)!;
    const sequence = imageSequence(image);
    const pieces = [...sequence.matchAll(/\u001b_G(?:a=T,f=100,)?m=([01]);([A-Za-z0-9+/=]{1,4096})\u001b\\/g)];
    expect(pieces.map(([all]) => all).join("")).toBe(sequence);
    expect(pieces.map(([, more]) => more)).toEqual(["1", "0"]);
    expect(Buffer.compare(Buffer.from(pieces.map(([, , data]) => data).join(""), "base64"), png)).toBe(0);
    expect(imageSequence(inlineImage({ TERM_PROGRAM: "WezTerm" }, png)!)).toContain("\u001b]1337;File=inline=1");
  });

  it("is none of what only says so, or where no terminal is known to show it", () => {
    const text = Buffer.from("\u001b]0;a picture\u0007");
    expect(inlineImage({ TERM: "xterm-kitty" }, text)).toBeUndefined();
    expect(inlineImage({ TERM: "xterm-256color" }, png)).toBeUndefined();
    expect(inlineImage({ TERM: "xterm-kitty", TMUX: "x" }, png)).toBeUndefined();
    expect(imageSequence({ protocol: "iterm2", base64: "x\u0007y" })).toBe("");
  });
});
