/** Create, same, update, delete; programs that fail; what a stack puts out. */
import * as pulumi from "@pulumi/pulumi";
import { parity } from "./support/parity.ts";
import { Group, Thing, Widget } from "./support/resources.ts";

const rejected = (message: string) => Promise.reject(new Error(message));

parity("basics", [
  {
    name: "empty",
    title: "an empty program makes the stack, finds it again, and takes it down",
    operations: [{ op: "preview" }, { op: "up" }, { op: "up" }, { op: "destroy" }],
  },
  {
    name: "lifecycle",
    title: "create, same, update, delete of one resource",
    operations: [
      { op: "preview", program: () => void new Thing("a", { value: "1" }) },
      { op: "up" },
      { op: "up" },
      { op: "preview", program: () => void new Thing("a", { value: "2" }) },
      { op: "up" },
      { op: "up", program: () => undefined },
      { op: "destroy" },
    ],
  },
  {
    name: "dependencies",
    title: "outputs flow into inputs, unknown in a preview, and dependents go first",
    operations: [
      {
        op: "preview",
        program: () => {
          const a = new Thing("a", { value: "1" });
          const b = new Thing("b", { value: a.arn });
          new Thing("c", { value: [{ deep: b.arn }], other: a.value }, { dependsOn: [a] });
          return { arn: a.arn, both: pulumi.all([a.arn, b.arn]), plain: { x: [1, true, null] } };
        },
      },
      { op: "up" },
      { op: "up" },
      { op: "destroy" },
    ],
  },
  {
    name: "detailed",
    title: "detailed diffs of every kind reach the events",
    operations: [
      {
        op: "up",
        program: () => void new Thing("a", { gone: 1, stay: [1], change: { x: 1 } }),
        script: { a: { detailed: true } },
      },
      { op: "preview", program: () => void new Thing("a", { stay: [1], change: { x: 2 }, more: "m" }) },
      { op: "up" },
      {
        op: "up",
        program: () => void new Thing("a", { stay: [1, 2], change: { x: 2 }, more: "m" }),
        script: { a: { detailed: { "stay[1]": "add" }, stables: ["arn"] } },
      },
    ],
  },
  {
    name: "stables",
    title: "what an update leaves stable is known to dependents in a preview",
    operations: [
      {
        op: "up",
        script: { a: { stables: ["arn"] } },
        program: () => {
          const a = new Thing("a", { value: "1" });
          new Thing("b", { value: a.arn });
        },
      },
      {
        op: "preview",
        program: () => {
          const a = new Thing("a", { value: "2" });
          new Thing("b", { value: a.arn });
        },
      },
      { op: "up" },
    ],
  },
  {
    name: "components",
    title: "components hold children, have outputs, and change with their inputs",
    operations: [
      {
        op: "up",
        program: () => {
          const group = new Group("g", { size: 1 });
          const a = new Thing("a", { value: "1" }, { parent: group });
          new Thing("nested", { value: a.arn }, { parent: a });
          (group as any).registerOutputs({ arn: a.arn, size: 1 });
        },
      },
      { op: "up" },
      {
        op: "up",
        program: () => {
          const group = new Group("g", { size: 2 });
          const a = new Thing("a", { value: "1" }, { parent: group });
          (group as any).registerOutputs({ arn: a.arn, size: 2 });
        },
      },
      { op: "destroy" },
    ],
  },
  {
    name: "component-outputs-missing",
    title: "a component that never registers outputs",
    operations: [
      { op: "up", program: () => void new Thing("a", {}, { parent: new Group("g") }) },
      { op: "up" },
      { op: "destroy" },
    ],
  },
  {
    name: "throws",
    title: "a program that throws at once changes nothing",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      {
        op: "up",
        program: () => {
          throw new Error("no such luck");
        },
      },
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
    ],
  },
  {
    name: "rejects",
    title: "a program whose promise is rejected fails and keeps what was made",
    operations: [
      {
        op: "up",
        program: async () => {
          const a = new Thing("a", { value: "1" });
          await new Promise((resolve) => a.arn.apply(resolve));
          await rejected("no such luck");
        },
      },
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
    ],
  },
  {
    name: "throws-in-apply",
    title: "a program that throws in an apply fails and keeps what was made",
    operations: [
      {
        op: "up",
        program: () => {
          const a = new Thing("a", { value: "1" });
          a.arn.apply(() => {
            throw new Error("in apply");
          });
        },
      },
      { op: "destroy" },
    ],
  },
  {
    name: "duplicate",
    title: "two resources of one URN are an error",
    operations: [
      {
        op: "up",
        program: async () => {
          const a = new Thing("a", { value: "1" });
          await new Promise((resolve) => a.arn.apply(resolve));
          new Thing("a", { value: "1" });
        },
      },
      { op: "destroy" },
    ],
  },
  {
    name: "outputs",
    title: "stack outputs: secrets, nested values, changes and removals",
    operations: [
      {
        op: "up",
        program: () => ({ a: 1, secret: pulumi.secret("s"), nested: { list: [pulumi.secret(2), "x"], none: null } }),
      },
      { op: "up", program: () => ({ a: 2, secret: pulumi.secret("s") }) },
      { op: "preview", program: () => ({ b: "new" }) },
      { op: "up" },
      {
        op: "up",
        program: () => {
          throw new Error("outputs stay");
        },
      },
    ],
  },
  {
    name: "output-reference",
    title: "a resource among the outputs and inputs is a reference",
    operations: [
      {
        op: "up",
        program: () => {
          const a = new Thing("a", { value: "1" });
          new Widget("b", { ref: a });
          return { a };
        },
      },
      { op: "up" },
      { op: "destroy" },
    ],
  },
  {
    name: "log",
    title: "what a program logs is a diagnostic, and an error among it fails the operation",
    operations: [
      {
        op: "up",
        program: async () => {
          const a = new Thing("a", { value: "1" });
          await pulumi.log.info("for your information");
          await pulumi.log.warn("take care", a);
        },
      },
      { op: "up", program: () => pulumi.log.error("an error") },
    ],
  },
  {
    name: "expect-no-changes",
    title: "changes where none were expected fail",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }), options: { expectNoChanges: true } },
      { op: "up", options: { expectNoChanges: true } },
      { op: "preview", program: () => void new Thing("a", { value: "2" }), options: { expectNoChanges: true } },
    ],
  },
  {
    name: "parallel-one",
    title: "one step at a time",
    operations: [
      {
        op: "up",
        options: { parallel: 1 },
        program: () => {
          for (const name of ["a", "b", "c"]) new Thing(name, { value: "1" });
        },
      },
      { op: "destroy", options: { parallel: 1 } },
    ],
  },
  {
    name: "values",
    title: "numbers, booleans, null, empty and nested values come back as they were",
    operations: [
      {
        op: "up",
        program: () =>
          void new Thing("a", {
            n: 1.5,
            big: 12345678901,
            t: true,
            f: false,
            empty: "",
            list: [],
            map: {},
            none: [null, 1],
            uni: "ü<>&",
          }),
      },
      { op: "up" },
      { op: "refresh" },
    ],
  },
]);
