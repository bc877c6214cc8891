/** A provider in a plugin gives the same results as the same provider in this process, wherever the plugin is found. */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, onTestFinished } from "vitest";
import { serveProvider } from "../../../../stacks/engine/plugins/serve.ts";
import { Group, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";
import { type Driven, diagnostics, driveWith, tempFolder, writePlugin } from "./support/drive.ts";
import { moody } from "./support/plugin-child.ts";

interface Step {
  title: string;
  op: "up" | "preview" | "refresh" | "destroy";
  program?: () => Promise<any>;
  /** Before it: what somebody else does in the cloud. */
  meanwhile?: (world: TestWorld, driven: Driven) => Promise<void>;
}

const first = async () => {
  const group = new Group("group");
  const one = new Thing("one", { value: "a", password: pulumi.secret("hunter2"), list: ["x", pulumi.secret("y")] });
  const two = new Thing("two", { value: one.arn, deep: { kept: pulumi.secret(1), shown: true } }, { parent: group });
  new Thing("file", {
    code: new pulumi.asset.AssetArchive({ "a.txt": new pulumi.asset.StringAsset("hello") }),
    note: new pulumi.asset.StringAsset("note"),
  });
  const said = await pulumi.runtime.invoke("test:index:echo", { say: "hi" }, { version: "1.0.0" });
  return { arn: two.arn, said: said.echo, secret: one.secretOut };
};
const second = async () => {
  new Thing("one", { value: "b", password: pulumi.secret("hunter3") });
  new Thing("two", { value: "changed", force: "new" }, { parent: new Group("group") });
  new Thing("three", { value: "first gone", force: 1 }, { deleteBeforeReplace: true });
};
const third = async () => {
  new Thing("three", { value: "first gone", force: 2 }, { deleteBeforeReplace: true });
  new Thing("bad", { fail: "it is wrong" });
};
const fourth = async () => {
  new Thing("three", { value: "first gone", force: 2 }, { deleteBeforeReplace: true });
  new Thing("broken", { value: "whole" });
};
const fifth = async () => {
  new Thing("three", { value: "first gone", force: 2 }, { deleteBeforeReplace: true });
  new Thing("broken", { value: "whole" });
  new Thing("found", { value: "theirs" }, { import: "theirs-1" });
  const read = new Thing("read", {}, { id: "theirs-2" });
  return { read: read.arn };
};

const life: Step[] = [
  { title: "preview", op: "preview", program: first },
  { title: "create", op: "up", program: first },
  { title: "no-op", op: "up", program: first },
  { title: "update and replace, after and before", op: "up", program: second },
  { title: "a failed check", op: "up", program: third },
  { title: "half a create", op: "up", program: fourth },
  {
    title: "the other half, an import and a read",
    op: "up",
    program: fifth,
    meanwhile: async (world) => {
      world.put("theirs-1", { value: "theirs", __name: "found" });
      world.put("theirs-2", { value: "other", __name: "read" });
    },
  },
  {
    title: "refresh after a deletion and a change",
    op: "refresh",
    meanwhile: async (world) => {
      const three = [...world.all()].find(([, value]) => value["__name"] === "three")![0];
      world.put(three, undefined);
      const broken = [...world.all()].find(([, value]) => value["__name"] === "broken")![0];
      world.put(broken, { value: "edited", __name: "broken" });
    },
  },
  { title: "destroy", op: "destroy" },
];

/** For where each operation starts a process. */
const short = life.filter(({ title }) => ["create", "update and replace, after and before", "destroy"].includes(title));

/** Ids hold the plugin's pid; seeds, times and the provider's own id differ by nature. */
function normal(value: unknown, world: TestWorld): unknown {
  void world;
  const text = JSON.stringify(value, (key, item) => {
    if (["created", "modified", "sequence", "timestamp", "time", "ciphertext", "sourcePosition"].includes(key))
      return undefined;
    return item;
  });
  return JSON.parse(
    text
      .replace(/-\d+-\d+(?=["\\])/g, "-ID")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UUID"),
  );
}

async function live(driven: Driven, world: TestWorld, steps: Step[]): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const { title, op, program, meanwhile } of steps) {
    await meanwhile?.(world, driven);
    const ran = await driven.run(op, program, { showSecrets: true });
    const { deployment } = await driven.stack.exportStack();
    seen.push({
      title,
      changes: ran.changes,
      failed: ran.error !== undefined,
      errors: diagnostics(ran, "error").sort(),
      outputs: ran.outputs && normal(ran.outputs, world),
      resources: normal(
        [...(deployment.resources ?? [])].sort((a: any, b: any) => (a.urn < b.urn ? -1 : 1)),
        world,
      ),
      cloud: normal([...world.all()].map(([, value]) => value).sort(), world),
    });
  }
  return seen;
}

/** What the short life has to be like. */
function shortOf(whole: unknown[]): unknown[] {
  return whole.filter((_step, at) => short.includes(life[at]!)).slice(0, 2);
}

let expected: Promise<unknown[]> | undefined;
async function inProcess(): Promise<unknown[]> {
  const dir = tempFolder();
  const world = moody(new TestWorld(join(dir, "world.json")));
  return live(await driveWith({}, (pkg, version) => world.provider(pkg, version), dir), world, life);
}

describe("the same life", () => {
  // Freehold's own provider is offered to the official engine as a plugin: what is true in process must be true there.
  it("over a plugin on PATH", async () => {
    expected ??= inProcess();
    const dir = tempFolder();
    writePlugin(join(dir, "bin"));
    const file = join(dir, "world.json");
    const driven = await driveWith({ PATH: join(dir, "bin"), PLUGIN_WORLD: file }, undefined, dir);
    const seen = await live(driven, new TestWorld(file), short);
    expect(seen.slice(0, 2)).toEqual(shortOf(await expected));
    expect(seen[2]).toMatchObject({ failed: false, cloud: [] });
  });

  it("over a server that runs already, named by PULUMI_DEBUG_PROVIDERS, before the host's own provider", async () => {
    expected ??= inProcess();
    const dir = tempFolder();
    const world = moody(new TestWorld(join(dir, "world.json")));
    const served = await serveProvider(() => world.provider("test", "1.0.0")!);
    onTestFinished(() => served.close());
    const never = () => {
      throw new Error("the host's own provider was asked");
    };
    const driven = await driveWith({ PULUMI_DEBUG_PROVIDERS: `other:1,test:${served.port}` }, never, dir);
    const seen = await live(driven, world, life);
    for (const [at, step] of (await expected).entries()) expect(seen[at]).toEqual(step);
  });

  it("over an installed plugin in PULUMI_HOME, of the version that was asked for", async () => {
    expected ??= inProcess();
    const dir = tempFolder();
    for (const version of ["0.9.0", "1.0.0", "2.0.0"]) {
      const moodless = version === "1.0.0" ? undefined : join(import.meta.dirname, "support/wrong-version.ts");
      writePlugin(join(dir, `home/plugins/resource-test-v${version}`), "pulumi-resource-test", moodless);
    }
    const file = join(dir, "world.json");
    const driven = await driveWith({ PLUGIN_WORLD: file }, undefined, dir);
    const seen = await live(driven, new TestWorld(file), [life[1]!]);
    expect(seen).toEqual(shortOf(await expected).slice(0, 1));
  });
});
