/** Stack references, assets, transforms, hooks, update plans, destroy and import in their variants. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parity } from "./support/parity.ts";
import { Group, Thing, Widget } from "./support/resources.ts";

const folder = mkdtempSync(join(tmpdir(), "parity-assets-"));
writeFileSync(join(folder, "file.txt"), "a file");
const plan = join(mkdtempSync(join(tmpdir(), "parity-plan-")), "plan.json");

class Nonsense extends pulumi.CustomResource {
  constructor(name: string) {
    super("nonsense", name, {});
  }
}

parity("misc", [
  {
    name: "assets",
    title: "assets and archives with their hashes",
    operations: [
      {
        op: "up",
        program: () => {
          new Thing("a", {
            text: new pulumi.asset.StringAsset("a test asset"),
            file: new pulumi.asset.FileAsset(join(folder, "file.txt")),
            many: new pulumi.asset.AssetArchive({
              "x.txt": new pulumi.asset.StringAsset("x"),
              "y/z.txt": new pulumi.asset.FileAsset(join(folder, "file.txt")),
            }),
            folder: new pulumi.asset.FileArchive(folder),
          });
        },
      },
      { op: "up" },
      {
        op: "up",
        program: () => void new Thing("a", { text: new pulumi.asset.StringAsset("another") }),
      },
    ],
  },
  {
    name: "stack-reference",
    title: "another stack's outputs, and an error where there is none",
    operations: [
      { op: "up", program: () => ({ name: "x", hidden: pulumi.secret("h") }) },
      {
        op: "up",
        program: () => {
          const other = new pulumi.StackReference("organization/proj/dev");
          return { name: other.getOutput("name"), hidden: other.getOutput("hidden"), none: other.getOutput("none") };
        },
      },
      { op: "up" },
      { op: "up", program: () => void new pulumi.StackReference("organization/proj/nowhere") },
    ],
  },
  {
    name: "transforms",
    title: "transforms of one resource, of a component and of the stack, in order",
    operations: [
      {
        op: "up",
        program: () => {
          const mark = (word: string) => (args: any) => ({ props: { ...args.props, [word]: true }, opts: args.opts });
          pulumi.runtime.registerResourceTransform(mark("stack"));
          const group = new Group("g", {}, { transforms: [mark("group")] } as object);
          new Thing("a", { value: "1" }, { parent: group, transforms: [mark("own")] } as object);
        },
      },
      { op: "up" },
    ],
  },
  {
    name: "hooks",
    title: "hooks around create, update and delete",
    operations: [
      {
        op: "up",
        program: () => {
          const hook = new pulumi.ResourceHook("hook", () => undefined);
          new Thing("a", { value: "1" }, { hooks: { beforeCreate: [hook], afterCreate: [hook] } } as object);
        },
      },
      {
        op: "up",
        program: () => {
          const hook = new pulumi.ResourceHook("hook", () => {
            throw new Error("hook fails");
          });
          new Thing("a", { value: "2" }, { hooks: { beforeUpdate: [hook] } } as object);
        },
      },
    ],
  },
  {
    name: "plan",
    title: "a saved plan is followed, and what it did not foresee is an error",
    operations: [
      { op: "preview", program: () => void new Thing("a", { value: "1" }), options: { plan } },
      { op: "up", options: { plan } },
      { op: "preview", program: () => void new Thing("a", { value: "2" }), options: { plan } },
      { op: "up", program: () => void new Thing("a", { value: "3" }), options: { plan } },
    ],
  },
  {
    name: "preview-destroy",
    title: "a preview of destroy changes nothing",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", {}).arn }, { protect: false }) },
      { op: "previewDestroy" },
      { op: "destroy" },
      { op: "destroy" },
    ],
  },
  {
    name: "destroy-run-program",
    title: "destroy with the program run",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", {}).arn }) },
      { op: "destroy", options: { runProgram: true } },
    ],
  },
  {
    name: "moved-order",
    title: "dependencies that turn round between two programs",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", { value: "1" }).arn }) },
      { op: "up", program: () => void new Thing("a", { value: new Thing("b", { value: "1" }).arn }) },
      { op: "destroy" },
    ],
  },
  {
    name: "wide",
    title: "many resources of one and of several levels at once",
    operations: [
      {
        op: "up",
        program: () => {
          const roots = ["r1", "r2", "r3"].map((name) => new Thing(name, { value: name }));
          for (let n = 0; n < 12; n++)
            new Widget(`w${n}`, { value: pulumi.all(roots.map(({ arn }) => arn)), own: n }, { dependsOn: roots });
        },
      },
      { op: "up", program: () => void new Thing("r1", { value: "r1" }) },
      { op: "destroy" },
    ],
  },
  {
    name: "bad-type",
    title: "a type that is none is an error",
    operations: [{ op: "up", program: () => void new Nonsense("a") }],
  },
]);
