/** What Tab offers, from the command table alone. */
import { describe, expect, it } from "vitest";
import { commands, globalFlags } from "../../cli/command-table.ts";
import { complete, type Names } from "../../cli/completion.ts";

const names: Names = {
  app: async () => ["notes", "diary"],
  thing: async () => ["things/photos"],
  store: async () => ["notes/files", "notes/notes", "things/photos"],
  table: async () => ["notes/notes"],
  type: async () => ["bucket", "s3/bucket"],
  blueprint: async () => ["notes", "links", "bad name", "$(id)", "--data", "mine/$(id)", "mine/../x", "mine/"],
  cloud: async () => ["home", "work"],
  operation: async () => ["20260131-120000-up-abcdef"],
  catalog: async () => ["bundled", "mine"],
  added: async () => ["mine"],
};
const words = async (...typed: string[]): Promise<string[]> =>
  (await complete(typed, { commands, globalFlags }, names)).map(({ word }) => word);

describe("completion", () => {
  // A command that Tab does not know is one nobody finds.
  it("offers every command of the table, groups by their first word", async () => {
    const first = new Set(commands.map(({ name }) => name.split(" ")[0]));
    expect(new Set(await words(""))).toEqual(first);
    expect(await words("cloud", "st")).toEqual(["start", "stop", "status"]);
    expect(await words("cloud")).toEqual(["cloud"]);
  });

  // The places of the usage decide what a word may be.
  it("offers what an argument stands for, once each, and not what was said", async () => {
    expect(await words("show", "")).toEqual(["notes", "diary", "things/photos"]);
    expect(await words("destroy", "notes", "")).toEqual(["diary", "things/photos"]);
    expect(await words("data", "ls", "notes/")).toEqual(["notes/files", "notes/notes"]);
    expect(await words("data", "rm", "t")).toEqual(["things/photos"]);
    expect(await words("data", "import", "FILE", "notes")).toEqual(["notes", "notes/notes"]);
    expect(await words("snapshot", "")).toEqual(["apply"]);
    expect(await words("add", "s3")).toEqual(["s3/bucket"]);
    expect(await words("show", "notes", "")).toEqual([]);
    expect(await words("cloud", "use", "w")).toEqual(["work"]);
    expect(await words("attach", "")).toEqual(["20260131-120000-up-abcdef"]);
    expect(await words("completion", "")).toEqual(["bash", "zsh"]);
    expect(await words("catalog", "rm", "")).toEqual(["mine"]);
    expect(await words("catalog", "refresh", "m")).toEqual(["mine"]);
    expect(await words("search", "--catalog", "")).toEqual(["bundled", "mine"]);
  });

  // Names come from catalogs of strangers, and a shell expands what it is given.
  it("offers no word a shell would read something into", async () => {
    expect(await words("up", "")).toEqual(["notes", "diary", "links", "mine/"]);
  });

  // Flags are as many words as commands.
  it("offers the command's flags and their choices, in both ways of writing them", async () => {
    expect(await words("destroy", "--d")).toEqual(["--data"]);
    expect(await words("destroy", "--data", "")).toEqual(["keep", "export", "delete"]);
    expect(await words("destroy", "--data=k")).toEqual(["--data=keep"]);
    expect(await words("ls", "--cloud", "h")).toEqual(["home"]);
    expect(await words("--cloud", "home", "show", "n")).toEqual(["notes"]);
    expect(await words("up", "--wait", "n")).toEqual(["notes"]);
    expect(await words("ls", "--data", "")).toEqual([]);
    expect(await words("exec", "notes", "--", "l")).toEqual([]);
  });

  // With --cloud work the apps of work are meant, wherever on the line it stands.
  it("asks for the apps of the cloud that the line names", async () => {
    const asked: (string | undefined)[] = [];
    const app: Names["app"] = async ({ cloud }) => {
      asked.push(cloud);
      return [];
    };
    for (const line of [
      ["--cloud", "work", "show", ""],
      ["show", "--cloud=work", ""],
      ["show", ""],
    ])
      await complete(line, { commands, globalFlags }, { ...names, app });
    expect(asked).toEqual(["work", "work", undefined]);
  });

  // A shell types what all words have in common: of a list that is cut off that must not be more than it was.
  it("cuts a long list off without a letter more in common", async () => {
    const many = Array.from({ length: 5000 }, (_, at) => `note-${String(at).padStart(4, "0")}`);
    const blueprint: Names["blueprint"] = async () => ["note-zz", ...many, "nota"];
    const found = await complete(["up", "not"], { commands, globalFlags }, { ...names, blueprint });
    expect(found).toHaveLength(200);
    expect(found.map(({ word }) => word)).toEqual(expect.arrayContaining(["nota", "note-zz", "note-0000"]));
  });
});
