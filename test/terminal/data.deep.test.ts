/** The data browser and the things page over a real app on a local cloud: what they show at three sizes, and what they change. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/aws.ts";
import { type Home, withHome } from "../support/home.ts";
import { closeTerminals, matchesGolden, openFreehold, type Terminal } from "../support/terminal.ts";

let home: Home;
/** What a page has. */
const pageRows = 100;
const rows = 230;
/** A title for the window, a colour, and text that runs backwards: a terminal is to be told none of it. */
const nasty = "\u001b]0;owned\u0007\u001b[31mred \u202eback";
const hidden = "a\u200bb";

beforeAll(async () => {
  home = await withHome();
  await home.freehold("up", "notes");
  const lines = Array.from({ length: rows }, (_, at) => ({
    ...{ id: `n${String(at).padStart(3, "0")}`, box: "in", updated: at },
    ...{ tag: at % 7 === 0 ? "x" : "y", text: at === 0 ? nasty : `number ${at}` },
  }));
  const file = join(home.dir, "rows.jsonl");
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await home.freehold("data", "import", file, "notes/notes", "--yes");
  writeFileSync(join(home.dir, "hello.txt"), "hello there\n");
  writeFileSync(join(home.dir, "a.json"), '{"a":1,"b":["c"]}');
  writeFileSync(join(home.dir, "dot.png"), Buffer.from("89504e470d0a1a0a00", "hex"));
  await home.freehold("data", "put", "notes/files", "hello.txt", "2026/deep/hello.txt");
  await home.freehold("data", "put", "notes/files", "a.json", "2026/a.json");
  await home.freehold("data", "put", "notes/files", "dot.png");
  await home.freehold("data", "put", "notes/files", "hello.txt", hidden);
  await home.freehold("add", "bucket", "photos", "--yes");
}, 240_000);
afterEach(closeTerminals);
afterAll(() => home.close());

async function press(terminal: Terminal, key: string, shows: RegExp): Promise<void> {
  terminal.keys(key);
  await terminal.shows(shows);
}

/** From home to the table, its rows there. */
async function atTable(options: Parameters<typeof openFreehold>[2] = {}): Promise<Terminal> {
  const terminal = openFreehold(home, [], options);
  await terminal.shows(/ > notes +1\.0\.0/);
  await press(terminal, "d", /notes · data[\s\S]* > files/);
  terminal.keys("down");
  await press(terminal, "enter", /freehold {2}notes\/notes[\s\S]* > id=/);
  return terminal;
}

/** Items are in the order of their keys' hashes: which ones come first is no matter. */
const anyItem = [
  [/^( >| {2}) id=n\d+ .*/g, "$1 id=KEY …"],
  [/home--notes--[\w-]+/g, "NAME-IN-AWS"],
  [/home--things--[\w-]+/g, "NAME-IN-AWS"],
] as const;

describe.each([
  [80, 24],
  [120, 40],
  [40, 15],
])("at %ix%i", (cols, height) => {
  // What a person sees, from a real run; a change of any of it is seen in review.
  it("shows stores, items, a filter and its plan, one item, folders and files as they are kept", async () => {
    const size = `${cols}x${height}`;
    const terminal = openFreehold(home, [], { cols, rows: height });
    await terminal.shows(/ > notes +1\.0\.0/);
    await press(terminal, "d", /notes · data[\s\S]* > files/);
    await matchesGolden(terminal, `data-${size}`, anyItem);
    await press(terminal, "enter", / > folder/);
    await matchesGolden(terminal, `data-files-${size}`, anyItem);
    await press(terminal, "enter", /a\.json/);
    terminal.keys("down");
    await press(terminal, "enter", /"b": \[/);
    await matchesGolden(terminal, `data-file-${size}`, anyItem);
    await press(terminal, "esc", /^ > .*a\.json/m);
    await press(terminal, "esc", /^ {3}.*dot\.png/m);
    await press(terminal, "esc", / > files/);
    terminal.keys("down");
    await press(terminal, "enter", / > id=/);
    await matchesGolden(terminal, `data-table-${size}`, anyItem);
    await press(terminal, "/", / Filter: /);
    terminal.type("id = n007");
    await matchesGolden(terminal, `data-filter-${size}`, anyItem);
    await press(terminal, "enter", /1 to 1 of 1[\s\S]*reads notes\/notes by its key/);
    await press(terminal, "enter", /"text": "number 7"/);
    await matchesGolden(terminal, `data-item-${size}`, anyItem);
    for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(cols);
  });

  it("shows things, the types there are, and a form of what one takes as they are kept", async () => {
    const size = `${cols}x${height}`;
    const terminal = openFreehold(home, [], { cols, rows: height });
    await terminal.shows(/ > notes +1\.0\.0/);
    await press(terminal, "t", / > photos/);
    await matchesGolden(terminal, `things-${size}`, anyItem);
    await press(terminal, "a", / > bucket/);
    terminal.type("log group");
    await terminal.shows(/ > cloudwatch\/logGroup/);
    await matchesGolden(terminal, `thing-types-${size}`);
    await press(terminal, "enter", /add cloudwatch\/logGroup/);
    await terminal.shows(/> name[\s\S]*kmsKeyId/);
    await matchesGolden(terminal, `thing-form-${size}`);
  });
});

// A table may have a million of them: what scrolls past is read then, and one page is kept.
it("goes on to the next page at the end of one, and back, and keeps its place through a resize", async () => {
  const terminal = await atTable();
  await terminal.shows(new RegExp(`1 to ${pageRows} · about ${rows} in all`));
  terminal.keys("end");
  await press(terminal, "down", /101 to 200 · about 230 in all/);
  terminal.keys("n");
  await terminal.shows(/201 to 230 · about 230 in all/);
  terminal.resize(40, 15);
  await terminal.shows(/201 to 230/);
  await terminal.hides(/n next page/);
  terminal.resize(80, 24);
  await press(terminal, "up", /101 to 200 · about 230 in all/);
  await press(terminal, "p", /1 to 100 · about 230 in all/);
});

it("says what a filter reads, and what is wrong with one, and goes back to everything", async () => {
  const terminal = await atTable();
  await press(terminal, "/", / Filter: /);
  terminal.type("tag =\r");
  await terminal.shows(/The filter cannot be read[\s\S]*enter find/);
  terminal.type(" x\r");
  await terminal.shows(/1 to 33 of 33[\s\S]*reads the whole of notes\/notes; about 230 items/);
  await terminal.shows(/\$ freehold data query notes\/notes 'tag = x'/);
  await press(terminal, "a", /1 to 100 · about 230 in all/);
});

// Reading all of a large table takes a while, and in AWS money: who typed the filter says so first.
it("waits for enter before it reads the whole of a large table", async () => {
  const file = join(home.dir, "large.jsonl");
  const lines = Array.from({ length: 12 }, (_, at) => ({ bucket: "b", entry: `e${at}`, text: "x".repeat(390_000) }));
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await home.freehold("data", "import", file, "notes/words", "--yes");
  const terminal = openFreehold(home, []);
  await terminal.shows(/ > notes/);
  await press(terminal, "d", / > files[\s\S]* words +table +12 items/);
  terminal.keys("end");
  await press(terminal, "enter", / > bucket=b entry=e/);
  await press(terminal, "/", / Filter: /);
  terminal.type("text = x\r");
  await terminal.shows(/This reads the whole of notes\/words; about 12 items[\s\S]*enter read it/);
  terminal.keys("esc");
  await terminal.hides(/ Filter: /);
  await press(terminal, "/", / Filter: /);
  terminal.type("text = x\r");
  await terminal.shows(/enter read it/);
  await press(terminal, "enter", /Nothing is in it that fits/);
  await home.freehold("data", "rm", "notes/words", "--where", "bucket = b", "--data", "delete");
});

// Each is a command, with its journal: what a screen changed the command line takes back, and the other way round.
it("edits in the editor and comes back, removes what is confirmed, and takes both back", async () => {
  const editor = join(home.dir, "edit.mjs");
  writeFileSync(
    editor,
    'import fs from "node:fs"; const f = process.argv.at(-1); fs.writeFileSync(f, fs.readFileSync(f, "utf8").replace("number 7", "seven"));',
  );
  const terminal = await atTable({ env: { EDITOR: `"${process.execPath}" "${editor}"`, VISUAL: "" } });
  const found = async (): Promise<string | undefined> =>
    (await home.json("data", "query", "notes/notes", "id = n007")).items[0]?.text;
  terminal.keys("/");
  await terminal.shows(/ Filter: /);
  terminal.type("id = n007\r");
  await terminal.shows(/1 to 1 of 1/);
  await press(terminal, "enter", /"text": "number 7"/);
  await press(terminal, "e", /"text": "seven"/);
  expect(await found()).toBe("seven");
  await press(terminal, "u", /id=n007 was changed[\s\S]*u takes that back/);
  await press(terminal, "u", /"text": "number 7"/);
  expect(await found()).toBe("number 7");
  terminal.keys("esc");
  await terminal.shows(/1 to 1 of 1/);
  await press(terminal, "x", /Remove id=n007 from notes\/notes\?/);
  expect(await found()).toBe("number 7");
  await press(terminal, "x", /id=n007 is removed/);
  expect(await found()).toBeUndefined();
  terminal.keys("u");
  await terminal.shows(/id=n007 was removed/);
  await press(terminal, "u", /id=n007 in notes\/notes is as it was/);
  expect(await found()).toBe("number 7");
});

it("saves a file, asks before it writes over one, and gives an address that reads it", async () => {
  const terminal = openFreehold(home, []);
  await terminal.shows(/ > notes/);
  await press(terminal, "d", / > files/);
  await press(terminal, "enter", /dot\.png/);
  terminal.keys("end");
  await press(terminal, "enter", /A picture\. This terminal is not known/);
  await press(terminal, "w", /Save it as: dot\.png/);
  terminal.keys("ctrl-u");
  terminal.type("hello.txt\r");
  await terminal.shows(/Write over .*hello\.txt\?/);
  expect(readFileSync(join(home.dir, "hello.txt"), "utf8")).toBe("hello there\n");
  terminal.keys("ctrl-u");
  terminal.type("saved.png\r");
  await terminal.shows(/Saved: /);
  expect(readFileSync(join(home.dir, "saved.png")).subarray(0, 4).toString("hex")).toBe("89504e47");
  await press(terminal, "s", /For how long/);
  terminal.keys("enter");
  await terminal.shows(/Whoever has the address above reads it/);
  // It is longer than a row.
  const address = /https?:\/\/\S+?x-id=GetObject/.exec(terminal.all().join(""))?.[0];
  expect((await fetch(address!)).status).toBe(200);
});

it("backs an app's data up, and lists the backup with what restores it", async () => {
  const terminal = openFreehold(home, []);
  await terminal.shows(/ > notes/);
  await press(terminal, "d", / > files/);
  await press(terminal, "l", /notes · backups[\s\S]*There is no backup/);
  await press(terminal, "b", /back up notes[\s\S]*enter back/);
  await press(terminal, "enter", /notes · backups[\s\S]*notes .*1\.0\.0 .*whole/);
  expect((await home.json("data", "backups", "notes")).backups).toHaveLength(1);
  await press(terminal, "t", / : data restore notes --dry-run/);
});

// Names and texts are strangers': a screen shows them, tells the terminal nothing of them, and means the right one.
it("is told nothing by what is stored, and opens what has a name that cannot be seen", async () => {
  const terminal = await atTable({ env: { NO_COLOR: "1" } });
  terminal.keys("/");
  await terminal.shows(/ Filter: /);
  terminal.type("id = n000\r");
  await terminal.shows(/1 to 1 of 1[\s\S]*red back/);
  await press(terminal, "enter", /"text": "red back"/);
  expect(terminal.raw()).not.toMatch(/\u001b\]0;owned|\u202e|\u001b\[3[0-7]m/);
  await press(terminal, "esc", /1 to 1 of 1/);
  await press(terminal, "esc", /notes · data/);
  terminal.keys("up");
  await press(terminal, "enter", / > folder/);
  terminal.keys("down");
  await press(terminal, "enter", /hello there[\s\S]*data get notes\/files '\{"key":"a\\u200bb"\}'/);
  await press(terminal, "x", /Remove ab from notes\/files\?/);
  terminal.keys("x");
  await terminal.has(/ab is removed\. u brings it back\./);
  const left = await home.json("data", "ls", "notes/files");
  expect(left.items.map(({ key }: { key: string }) => key)).toEqual(["2026/a.json", "2026/deep/hello.txt", "dot.png"]);
});

it("adds a thing by its form, shown first, and removes it when its name is typed", async () => {
  const terminal = openFreehold(home, []);
  await terminal.shows(/ > notes/);
  await press(terminal, "t", / > photos/);
  await press(terminal, "a", / > bucket/);
  terminal.type("ssm\r");
  await terminal.shows(/add ssm\/parameter +2 needed/);
  terminal.type("motto\r");
  await terminal.shows(/1 needed/);
  terminal.type("Strange\r");
  await terminal.shows(/nothing more is needed/);
  expect(terminal.text()).toContain("$ freehold add ssm/parameter motto --set type=Strange");
  // The command has the last word, and what was typed is there still.
  await press(terminal, "i", /\w[\s\S]*esc back/);
  await terminal.shows(/What was said of it does not fit|could not|failed|Make it so\?/, 60_000);
  expect((await home.json("ls")).things.map(({ name }: { name: string }) => name)).toEqual(["photos"]);
  terminal.keys("esc");
  await terminal.shows(/type +Strange/);
  terminal.keys("esc");
  await terminal.shows(/ > photos/);
  await press(terminal, "a", / > bucket/);
  terminal.type("table");
  await terminal.shows(/ > table/);
  terminal.keys("enter");
  await terminal.shows(/add table +1 needed/);
  terminal.type("readings\r");
  await terminal.shows(/nothing more is needed/);
  await press(terminal, "i", /DynamoDB table readings +would be created[\s\S]*Make it so\?/);
  expect((await home.json("ls")).things).toHaveLength(1);
  await press(terminal, "y", /things\/readings is up\s+done/);
  await press(terminal, "enter", / > photos[\s\S]* readings +DynamoDB table +there/);
  terminal.keys("down");
  await press(terminal, "x", /remove things\/readings[\s\S]*0 items/);
  terminal.type("other\r");
  await terminal.shows(/Nothing is removed/);
  terminal.keys("ctrl-u", "tab");
  await terminal.shows(/deleted for ever/);
  terminal.type("readings\r");
  await terminal.has(/things\/readings is removed/, 60_000);
  expect((await home.json("ls")).things.map(({ name }: { name: string }) => name)).toEqual(["photos"]);
});

// What was there before Freehold is protected: its name lets go of it, and only its id, too, deletes it.
it("adopts what the scan finds, and asks twice before it deletes that", async () => {
  const dynamodb = new DynamoDBClient(clientConfig(await home.json("cloud", "env")));
  const KeySchema = [{ AttributeName: "id", KeyType: "HASH" as const }];
  const AttributeDefinitions = [{ AttributeName: "id", AttributeType: "S" as const }];
  await dynamodb.send(
    new CreateTableCommand({ TableName: "old", KeySchema, AttributeDefinitions, BillingMode: "PAY_PER_REQUEST" }),
  );
  const terminal = openFreehold(home, []);
  await terminal.shows(/ > notes/);
  await press(terminal, "t", / > photos/);
  await press(terminal, "s", / > dynamodb\/table +old/);
  await press(terminal, "enter", /Call it/);
  terminal.type("older\r");
  await terminal.shows(/DynamoDB table older +would be taken back[\s\S]*Take it in\?/);
  await press(terminal, "y", /things\/older is up\s+done/);
  await press(terminal, "enter", / > older +DynamoDB table +there +protected/);
  await press(terminal, "x", /lets\s+go of it, and it stays as it is/);
  await press(terminal, "tab", /deleted\s+for ever/);
  terminal.type("older\r");
  await terminal.shows(/Type its id, old:/);
  terminal.type("older\r");
  await terminal.shows(/Nothing is removed: that is not its id/);
  expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toContain("old");
  terminal.keys("ctrl-u");
  terminal.type("old\r");
  await terminal.has(/things\/older is removed/, 60_000);
  expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).not.toContain("old");
});
