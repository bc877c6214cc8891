/** The pieces screens are made of, without a terminal: keys, text fields, lists, widths, command lines. */
import { getHeapStatistics } from "node:v8";
import fc from "fast-check";
import type { Key } from "ink";
import { describe, expect, it } from "vitest";
import { tidyWhenIdle } from "../../cli/app/idle.ts";
import { alignColumns, firstShown } from "../../cli/app/kit/list.tsx";
import { keyLines } from "../../cli/app/kit/screen.tsx";
import { edit, textOf, typed } from "../../cli/app/kit/text-field.tsx";
import { words } from "../../cli/app/words.ts";
import { KeyHub, type KeyLevel } from "../../cli/ui/keys.ts";
import { columns } from "../../cli/ui/table.ts";
import { characters, cut, fill, tail, widthOf, wrap } from "../../cli/ui/width.ts";

const noKey = {} as Key;
const turns = async (count: number): Promise<void> => {
  for (let at = 0; at < count * 3; at++) await new Promise((resolve) => setImmediate(resolve));
};

function hubWith(level: KeyLevel, takesText: boolean) {
  const hub = new KeyHub();
  const got: string[] = [];
  hub.add({ level, takesText, handle: ({ name, text }) => got.push(name === "text" ? `text ${text}` : name) > 0 });
  return { hub, got };
}

describe("keys", () => {
  // What arrives in one read of a terminal is as many keys as were pressed.
  it("come one by one on a screen, and as text with its control keys in a field", async () => {
    const screen = hubWith("screen", false);
    screen.hub.key("jj \rx", noKey);
    await turns(6);
    expect(screen.got).toEqual(["j", "j", "space", "enter", "x"]);
    const field = hubWith("field", true);
    field.hub.key("ab\u0015cd\u007f\r", noKey);
    await turns(8);
    expect(field.got).toEqual(["text ab", "ctrl-u", "text cd", "backspace", "enter"]);
  });

  // A pasted line must not be carried out, marked as a paste or not.
  it("make one line of a paste, without its control characters, and never an enter", async () => {
    const { hub, got } = hubWith("field", true);
    hub.paste("rm -rf\r\n\u001b[31mx\u0007\n");
    hub.key("one\rtwo", noKey);
    await turns(4);
    expect(got).toEqual(["text rm -rf x", "text one two"]);
    const screen = hubWith("screen", false);
    screen.hub.paste("qqq");
    await turns(2);
    expect(screen.got).toEqual([]);
  });

  it("wait while a screen opens, and go to the topmost layer that takes them", async () => {
    const { hub, got } = hubWith("frame", false);
    const field: string[] = [];
    const remove = hub.add({
      level: "field",
      takesText: true,
      handle: ({ text }) => text !== "" && field.push(text) > 0,
    });
    hub.hold();
    hub.key("a", noKey);
    await turns(2);
    expect([...got, ...field]).toEqual([]);
    hub.release();
    hub.key("", { upArrow: true } as Key);
    await turns(3);
    expect([field, got]).toEqual([["a"], ["up"]]);
    remove();
    hub.key("b", noKey);
    await turns(2);
    expect(got).toEqual(["up", "b"]);
  });
});

describe("a text field", () => {
  const keys = (text: string, ...names: string[]): string => {
    const end = names.reduce((now, name) => edit(now, { name, text: "" }) ?? now, typed(text));
    return `${end.before.join("")}|${end.after.join("")}`;
  };

  it.each([
    [["ctrl-a"], "|one two 日本"],
    [["left", "left", "ctrl-k"], "one two |"],
    [["ctrl-w"], "one two |"],
    [["ctrl-w", "ctrl-w"], "one |"],
    [["ctrl-u"], "|"],
    [["home", "delete", "ctrl-e", "backspace"], "ne two 日|"],
  ])("is edited as a command line is: %j", (names, wanted) => expect(keys("one two 日本", ...names)).toBe(wanted));

  // Backspace in the middle of a family or a letter with its mark would leave half of it.
  it("deletes what a person sees as one character, and joins marks that come later", () => {
    expect(keys("a👨‍👩‍👧", "backspace")).toBe("a|");
    const marked = edit(typed("e"), { name: "text", text: "\u0301x" })!;
    expect(textOf(marked)).toBe("e\u0301x");
    expect(marked.before).toHaveLength(2);
  });
});

describe("widths", () => {
  it.each([
    ["abc", 3],
    ["日本", 4],
    ["e\u0301", 1],
    ["👨‍👩‍👧", 2],
    ["✔️", 2],
    ["Ａ", 2],
    ["한국", 4],
  ])("of %s is %i", (text, width) => expect(widthOf(text)).toBe(width));

  // A row that is one cell too wide breaks into two and the screen is taller than the window.
  it("cut, fill, tail and wrap keep to the width, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.integer({ min: 2, max: 30 }), (text, width) => {
        expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
        expect(widthOf(fill(text, width))).toBe(width);
        expect(widthOf(tail(text, width))).toBeLessThanOrEqual(width);
        for (const line of wrap(text, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(characters(text).join("")).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  // By letters, what stands behind a word of two cells each would be out of line on a terminal alone.
  it("of columns are those of cells", () => {
    const rows = [
      ["日本", "a"],
      ["abc", "b", "c"],
    ];
    expect(columns(rows)).toBe("日本  a\nabc   b  c");
    expect(alignColumns(rows)).toEqual(["日本   a", "abc    b   c"]);
  });

  it("wrap keeps what begins indented indented, where there is room for it", () => {
    expect(wrap("  one two three", 9)).toEqual(["  one two", "  three"]);
    expect(wrap(" ! ", 2)).toEqual(["! "]);
    expect(wrap("    日本", 3)).toEqual([" 日", " 本"]);
  });

  it("the line of keys breaks between keys and never within one", () => {
    const keys = ["open", "settings", "logs", "upgrade"].map((label) => ({ key: label[0]!, label }));
    expect(keyLines([...keys, { key: "r" }], 24)).toEqual(["o open   s settings", "l logs   u upgrade"]);
  });
});

it("a list keeps the meant row in sight and draws no more rows than there are", () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.nat(50),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 50 }),
      (first, at, rows, count) => {
        const selected = Math.min(at, count - 1);
        const from = firstShown(first, selected, rows, count);
        expect(from).toBeGreaterThanOrEqual(0);
        expect(selected).toBeGreaterThanOrEqual(from);
        expect(selected).toBeLessThan(from + rows);
      },
    ),
  );
});

// A screen that is left open for days is no reason to hold what it needed for a minute; a pause between two keys is seen.
it("memory is given back when nobody types any more, and not before", async () => {
  let typing = true;
  const quick = { quietMs: 20, lookEveryMs: 5, worthBytes: 8 * 1024 * 1024 };
  let kept: string[][] | undefined = Array.from({ length: 40 }, () =>
    Array.from({ length: 50_000 }, (_, at) => `${at}`),
  );
  const size = (): number => getHeapStatistics().total_heap_size;
  const full = size();
  expect(full).toBeGreaterThan(40 * 1024 * 1024);
  kept = kept.length > 0 ? undefined : kept;
  let asked = 0;
  const stop = tidyWhenIdle(() => {
    asked++;
    return typing ? performance.now() : Number.NEGATIVE_INFINITY;
  }, quick);
  await expect.poll(() => asked).toBeGreaterThan(3);
  expect(size()).toBeGreaterThan(full * 0.8);
  typing = false;
  await expect.poll(size).toBeLessThan(full * 0.8);
  stop();
});

// The palette's line becomes argv and is never a shell's.
it.each([
  ["up notes --as 'my notes'", ["up", "notes", "--as", "my notes"]],
  ['settings a "b=c d" e\\ f', ["settings", "a", "b=c d", "e f"]],
  ["x '' $HOME `id`;", ["x", "", "$HOME", "`id`;"]],
  ["", []],
  ["a 'b", "A quotation mark ' is missing."],
])("the command line %s is taken apart", (line, wanted) => expect(words(line)).toEqual(wanted));
