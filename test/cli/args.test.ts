/** What is typed becomes a command by the table alone; what is misspelt is named, with what was meant. */
import { describe, expect, it } from "vitest";
import type { Fault } from "../../blueprints/fault.ts";
import { parse, typedAgain } from "../../cli/args.ts";
import { commands } from "../../cli/command-table.ts";
import { duration } from "../../cli/duration.ts";
import { commandHelp, generalHelp } from "../../cli/help.ts";

const refused = (...argv: string[]): Fault => {
  try {
    parse(argv);
  } catch (error) {
    return error as Fault;
  }
  return expect.fail(`${argv.join(" ")} was taken`);
};

describe("argv", () => {
  // Flags may stand before, between and behind.
  it("finds command, arguments and flags in any order", () => {
    expect(parse(["--cloud", "work", "up", "--json", "notes", "--as", "diary"])).toMatchObject({
      command: { name: "up" },
      args: ["notes"],
      flags: { cloud: "work", json: true, as: "diary" },
    });
    expect(parse(["cloud", "stop", "--all"])).toMatchObject({ command: { name: "cloud stop" }, args: [] });
  });

  // parseArgs has no value that may be left out: `--wait` must not eat the next word.
  it("takes --wait with and without a time", () => {
    expect(parse(["up", "--wait", "notes"])).toMatchObject({ args: ["notes"], flags: { wait: "forever" } });
    expect(parse(["up", "notes", "--wait", "5m"])).toMatchObject({ args: ["notes"], flags: { wait: "5m" } });
    expect(parse(["up", "notes", "--wait=30s"])).toMatchObject({ flags: { wait: "30s" } });
  });

  // Messages say what to type again: no value that may be secret is in them, and no flag stands there without its value.
  it.each([
    ["up notes --settings token=x --as diary --json", "up notes --as diary"],
    ["up notes --settings=token=x --expect=sha256:a", "up notes --expect=sha256:a"],
    ["settings notes token=x --wait a.env.B=y", "settings notes --wait"],
    ["--yes settings notes token=x --cloud work", "--yes settings notes --cloud work"],
    ["logs notes --filter a=b -f", "logs notes --filter a=b -f"],
  ])("repeats %s as %s", (line, again) => {
    expect(typedAgain(line.split(" ")).join(" ")).toBe(again);
  });

  // Exit code 2 says that nothing was changed.
  it.each([
    [["destory", "notes"], "destroy"],
    [["up", "--sa", "x"], "--as"],
    [["cloud", "strat"], "cloud start"],
    [["destroy", "notes", "--data", "keeep"], "keep, export, delete"],
    [["show"], "freehold show APP"],
    [["ls", "extra"], "extra"],
    [["up", "--as"], "--as NAME"],
    [["ls", "--json=1"], "no value"],
  ])("refuses %j and says %s", (argv, said) => {
    const fault = refused(...argv);
    expect(fault.exitCode).toBe(2);
    expect(fault.detail).toContain(said);
  });

  it("reads times", () => {
    expect([duration("500ms"), duration("30s"), duration("5m"), duration("7d"), duration("soon")]).toEqual([
      500,
      30_000,
      300_000,
      604_800_000,
      undefined,
    ]);
  });
});

describe("help", () => {
  // Help and parser read the same table; what one knows the other says.
  it.each(commands.map((command) => [command.name, command] as const))("of %s names its flags", (name, command) => {
    const help = commandHelp(command);
    expect(generalHelp()).toContain(name);
    for (const flag of Object.keys(command.flags)) expect(help).toContain(`--${flag}`);
    expect(parse([...name.split(" "), "--help"]).flags["help"]).toBe(true);
  });
});
