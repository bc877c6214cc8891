/** A provider as others write it, with Pulumi's own server for Node, run by our engine: components, methods, resources. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, it } from "vitest";
import { diagnostics, driveWith, tempFolder } from "./support/drive.ts";

class Note extends pulumi.CustomResource {
  declare readonly length: pulumi.Output<number>;
  constructor(name: string, text: pulumi.Input<string>) {
    super("sdk:index:Note", name, { text, length: undefined }, { version: "1.2.3" });
  }
}

class Custom extends pulumi.CustomResource {}

class Book extends pulumi.ComponentResource {
  declare readonly title: pulumi.Output<string>;
  declare readonly total: pulumi.Output<number>;
  constructor(name: string, title: pulumi.Input<string>) {
    super("sdk:index:Book", name, { title, total: undefined }, { version: "1.2.3" }, true);
  }
  praise(word: string): pulumi.Output<{ praise: string }> {
    return pulumi.runtime.call("sdk:index:Book/praise", { __self__: this, word }, this);
  }
}

let plugin: ChildProcess;
let port: string;

/** Started once for all operations: loading Pulumi's SDK is most of what such a plugin costs. */
beforeAll(async () => {
  plugin = spawn(process.execPath, [join(import.meta.dirname, "support/sdk-plugin.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {},
  });
  [port] = (await once(createInterface(plugin.stdout!), "line")) as [string];
});
afterAll(() => plugin.kill());

function driven() {
  return driveWith({ PULUMI_DEBUG_PROVIDERS: `sdk:${port}` });
}

// Components written once are used from every language: they register their parts with the engine that asked.
it("makes a remote component with its parts, and calls its method", async () => {
  const { run, stack } = await driven();
  const program = async () => {
    const book = new Book("guide", "Walks");
    return { title: book.title, total: book.total, praise: book.praise("good").praise };
  };
  const first = await run("up", program);
  expect(first.error).toBeUndefined();
  expect(first.outputs).toMatchObject({
    title: { value: "Walks" },
    total: { value: 14 },
    praise: { value: "good book" },
  });
  const { deployment } = await stack.exportStack();
  const urns = deployment.resources.map(({ urn }: { urn: string }) => urn.split("::").slice(2).join("::"));
  expect(urns).toEqual(
    expect.arrayContaining([
      "sdk:index:Book::guide",
      "sdk:index:Book$sdk:index:Note::guide-1",
      "sdk:index:Book$sdk:index:Note::guide-2",
    ]),
  );
  expect((await run("up", program)).changes).toEqual({ same: 4 });
  expect((await run("destroy")).changes).toEqual({ delete: 4 });
});

// It says neither what it understands in a handshake nor how its configuration differs, like most plugins there are.
it("makes, changes, replaces and checks a plain resource", async () => {
  const { run } = await driven();
  const made = await run("up", async () => {
    const upper = await pulumi.runtime.invoke("sdk:index:upper", { text: "loud" }, { version: "1.2.3" });
    return { length: new Note("one", "four").length, upper: upper.upper };
  });
  expect(made.outputs).toMatchObject({ length: { value: 4 }, upper: { value: "LOUD" } });
  expect((await run("up", async () => ({ length: new Note("one", "sixes").length }))).changes).toEqual({
    same: 1,
    update: 1,
  });
  expect((await run("up", async () => ({ length: new Note("one", "!new").length }))).changes).toEqual({
    same: 1,
    replace: 1,
  });
  const refused = await run("up", async () => ({ length: new Note("one", "").length }));
  expect(diagnostics(refused, "error").join()).toMatch(/property text .*has a problem: must not be empty/);
});

const modules = resolve(import.meta.dirname, "../../../../node_modules");

// Most plugins written in TypeScript have no executable: their folder says that Node's SDK runs them.
it("runs a plugin that is a folder with a PulumiPlugin.yaml for Node, named by the project", async () => {
  const dir = tempFolder();
  const folder = join(dir, "plugin");
  mkdirSync(folder);
  symlinkSync(modules, join(folder, "node_modules"));
  writeFileSync(join(folder, "PulumiPlugin.yaml"), "runtime: nodejs\n");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "words", main: "index.js" }));
  const source = `require("@pulumi/pulumi/provider").main({
    version: "1.0.0",
    create: async (urn, inputs) => ({ id: "w", outs: { ...inputs, shout: inputs.text + "!" } }),
  }, process.argv.slice(2));`;
  writeFileSync(join(folder, "index.js"), source);
  const { run, stack } = await driveWith({}, undefined, dir);
  const settings = await stack.workspace.projectSettings();
  const plugins = { providers: [{ name: "words", path: "./plugin" }] };
  await stack.workspace.saveProjectSettings({ ...settings, plugins } as typeof settings);
  const ran = await run("up", async () => {
    const word = new Custom("words:index:Word", "one", { text: "hey", shout: undefined }) as unknown as {
      shout: pulumi.Output<string>;
    };
    return { shout: word.shout };
  });
  expect(diagnostics(ran, "error")).toEqual([]);
  expect(ran.outputs).toMatchObject({ shout: { value: "hey!" } });
});

// Resources whose provider is written in the program itself come with no plugin but the program's own SDK.
it("runs dynamic resources by the SDK of the program", async () => {
  const dir = tempFolder();
  symlinkSync(modules, join(dir, "node_modules"));
  const source =
    "exports.handler = () => ({ create: async (i) => ({ id: 'd', outs: { ...i, twice: i.text + i.text } }) });";
  const { run } = await driveWith({}, undefined, dir);
  const ran = await run("up", async () => {
    const inputs = { __provider: source, text: "ab", twice: undefined };
    const made = new Custom("pulumi-nodejs:dynamic:Resource", "one", inputs) as unknown as {
      twice: pulumi.Output<string>;
    };
    return { twice: made.twice };
  });
  expect(diagnostics(ran, "error")).toEqual([]);
  expect(ran.outputs).toMatchObject({ twice: { value: "abab" } });
});
