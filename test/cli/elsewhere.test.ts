/** Commands that a fault, a note or a view tells somebody to type name the cloud that was named on the command line. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { cloudIn, elsewhere } from "../../cli/elsewhere.ts";
import { wordsInCloud } from "../../cli/ui/in-cloud.ts";
import { createPaint } from "../../cli/ui/paint.ts";

const nextOf = (next: string | undefined, cloud: string | undefined): string | undefined =>
  elsewhere(new Fault({ code: "some", summary: "Some", ...(next === undefined ? {} : { next }) }), cloud).next;

it.each([
  ["freehold domain add notes a.example.org", "freehold domain add notes a.example.org --cloud work"],
  ["freehold exec notes --function NAME -- CMD --x", "freehold exec notes --function NAME --cloud work -- CMD --x"],
  ["freehold secret set notes key < FILE", "freehold secret set notes key --cloud work < FILE"],
])("%s", (next, same) => expect(nextOf(next, "work")).toBe(same));

it.each([
  "freehold state repair --cloud other",
  "freehold logs --help",
  "freehold setup --name work",
  "freehold cloud ls",
  "freehold --help",
  "aws login --profile freehold",
  "Write the record where the zone is.",
])("leaves: %s", (next) => expect(nextOf(next, "work")).toBe(next));

// In notes and details the command stands in prose.
it.each([
  ['After this, "freehold open" gives a link.', 'After this, "freehold open --cloud work" gives a link.'],
  ["Another name: freehold domain add signin HOST", "Another name: freehold domain add signin HOST --cloud work"],
  [
    "By: freehold data import bases/A.json a/B. Nothing.",
    "By: freehold data import bases/A.json a/B --cloud work. Nothing.",
  ],
  ["Set first:\nfreehold secret set a b < FILE\nend", "Set first:\nfreehold secret set a b --cloud work < FILE\nend"],
  ["Another one: freehold passkey add --cloud anna", undefined],
  ["Now or later: freehold setup --name work --budget 5", undefined],
  ["freehold has no command upp.", undefined],
])("in words: %s", (words, same = words) => {
  expect(wordsInCloud(words, "work")).toBe(same);
  expect(wordsInCloud(words, undefined)).toBe(words);
  const fault = new Fault({ code: "some", summary: "Some", detail: words });
  expect(elsewhere(fault, "work").detail).toBe(same);
});

it("in a view: as the command line said it", () => {
  expect(createPaint(false, "work").command("freehold data undo c-1")).toBe("freehold data undo c-1 --cloud work");
  expect(createPaint(false).command("freehold data undo c-1")).toBe("freehold data undo c-1");
});

// A view that writes a command in another way forgets the cloud.
it("in all views: what is to be typed goes through the one function", () => {
  const views = resolve(import.meta.dirname, "../../cli/views");
  // Words for a kind of command, and what is for whatever cloud one is at then.
  const others = /goes on where the other stopped|"freehold add of the same|brought up by: freehold snapshot apply/;
  const lines = readdirSync(views).flatMap((file) => readFileSync(join(views, file), "utf8").split("\n"));
  const commands = lines.filter((line) => /["`'; ]freehold [a-z]/.test(line) && !/^\s*(\*|\/)/.test(line));
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter((line) => !line.includes("paint.command(") && !others.test(line))).toEqual([]);
});

it("leaves all as it was where no cloud was named, or nothing is to be done", () => {
  expect(nextOf("freehold up notes", undefined)).toBe("freehold up notes");
  expect(nextOf(undefined, "work")).toBeUndefined();
});

it.each([
  ["up notes --cloud work --json", "work"],
  ["--cloud=work ls", "work"],
  ["up notes --cloud", undefined],
  ["up notes --cloudy work", undefined],
])("a command line: %s", (line, cloud) => expect(cloudIn(line)).toBe(cloud));
