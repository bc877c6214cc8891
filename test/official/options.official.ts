/** Resource options: what is ignored, secret, known by other names, protected, kept, or given its time. */
import * as pulumi from "@pulumi/pulumi";
import { parity } from "./support/parity.ts";
import { Group, grouped, Thing, urn, Widget } from "./support/resources.ts";

parity("options", [
  {
    name: "ignore-changes",
    title: "ignored paths keep their old values, whole properties, nested ones and by glob",
    operations: [
      {
        op: "up",
        program: () =>
          void new Thing(
            "a",
            { value: "1", map: { x: 1, y: 1 }, list: [{ k: 1 }, { k: 1 }], gone: 1 },
            {
              ignoreChanges: ["value", "map.x", "list[*].k", "gone", "later"],
            },
          ),
      },
      {
        op: "up",
        program: () =>
          void new Thing(
            "a",
            { value: "2", map: { x: 2, y: 2 }, list: [{ k: 2 }, { k: 2 }], later: 1 },
            {
              ignoreChanges: ["value", "map.x", "list[*].k", "gone", "later"],
            },
          ),
      },
      { op: "up", program: () => void new Thing("a", { value: "2" }) },
    ],
  },
  {
    name: "ignore-changes-all",
    title: "a star ignores everything",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }, { ignoreChanges: ["*"] }) },
      { op: "up", program: () => void new Thing("a", { value: "2", more: 1 }, { ignoreChanges: ["*"] }) },
    ],
  },
  {
    name: "ignore-changes-missing",
    title: "an ignored path that cannot be followed is an error",
    operations: [
      { op: "up", program: () => void new Thing("a", { map: { x: 1 } }) },
      { op: "up", program: () => void new Thing("a", { map: "text" }, { ignoreChanges: ["map.x"] }) },
    ],
  },
  {
    name: "ignore-changes-secret",
    title: "an ignored secret stays secret",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: pulumi.secret("1") }) },
      { op: "up", program: () => void new Thing("a", { value: "2" }, { ignoreChanges: ["value"] }) },
    ],
  },
  {
    name: "secrets",
    title: "secret inputs make secret outputs and secret dependents",
    operations: [
      {
        op: "up",
        program: () => {
          const a = new Thing("a", { value: pulumi.secret("hidden"), map: { x: pulumi.secret([1, 2]), y: 1 } });
          new Thing("b", { value: a.value });
          return { value: a.value };
        },
      },
      { op: "up" },
      { op: "refresh" },
    ],
  },
  {
    name: "additional-secret-outputs",
    title: "outputs that the program or the provider calls secret are",
    operations: [
      {
        op: "up",
        script: { a: { outputs: { token: "t-{id}", key: "k-{id}" } }, "test:index:Thing": { secretOutputs: ["key"] } },
        program: () => ({ token: new Thing("a", { value: "1" }, { additionalSecretOutputs: ["token"] }).token }),
      },
      { op: "up" },
      { op: "up", program: () => ({ token: new Thing("a", { value: "1" }).token }) },
    ],
  },
  {
    name: "alias-name",
    title: "a renamed resource is the same by an alias",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", { value: "1" }).arn }) },
      {
        op: "preview",
        program: () =>
          void new Thing("b", { value: new Thing("a2", { value: "1" }, { aliases: [{ name: "a" }] }).arn }),
      },
      { op: "up" },
      { op: "up", program: () => void new Thing("b", { value: new Thing("a2", { value: "1" }).arn }) },
    ],
  },
  {
    name: "alias-type",
    title: "a resource of another type is the same by an alias, and by its URN",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      { op: "up", program: () => void new Widget("a", { value: "1" }, { aliases: [{ type: "test:index:Thing" }] }) },
      { op: "up", program: () => void new Thing("a", { value: "2" }, { aliases: [urn("a", "test:index:Widget")] }) },
    ],
  },
  {
    name: "alias-parent",
    title: "a resource moves into a component and out again",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      {
        op: "up",
        program: () =>
          void new Thing(
            "a",
            { value: "1" },
            { parent: new Group("g"), aliases: [{ parent: pulumi.rootStackResource }] },
          ),
      },
      { op: "up", program: () => void new Thing("a", { value: "1" }, { aliases: [grouped("a")] }) },
    ],
  },
  {
    name: "alias-component",
    title: "a renamed component takes its children along",
    operations: [
      { op: "up", program: () => void new Thing("g-a", { value: "1" }, { parent: new Group("g") }) },
      {
        op: "up",
        program: () =>
          void new Thing("h-a", { value: "1" }, { parent: new Group("h", {}, { aliases: [{ name: "g" }] }) }),
      },
      { op: "destroy" },
    ],
  },
  {
    name: "alias-replace",
    title: "a renamed resource is replaced under its new name",
    operations: [
      { op: "up", program: () => void new Thing("a", { force: "1" }) },
      { op: "up", program: () => void new Thing("b", { force: "2" }, { aliases: [{ name: "a" }] }) },
    ],
  },
  {
    name: "alias-twice",
    title: "two resources on one old one are an error",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      {
        op: "up",
        program: async () => {
          const b = new Thing("b", { value: "1" }, { aliases: [{ name: "a" }] });
          await new Promise((resolve) => b.arn.apply(resolve));
          new Thing("c", { value: "1" }, { aliases: [{ name: "a" }] });
        },
      },
    ],
  },
  {
    name: "protect",
    title: "a protected resource is not deleted, and is when the program says so",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }, { protect: true }) },
      { op: "preview", program: () => undefined },
      { op: "up" },
      { op: "destroy" },
      { op: "up", program: () => void new Thing("a", { value: "1" }, { protect: false }) },
      { op: "destroy" },
    ],
  },
  {
    name: "exclude-protected",
    title: "destroy leaves the protected, what they need, and their parents",
    operations: [
      {
        op: "up",
        program: () => {
          const group = new Group("g");
          const a = new Thing("a", { value: "1" }, { parent: group });
          new Thing("b", { value: a.arn }, { protect: true });
          new Thing("c", { value: "1" });
        },
      },
      { op: "destroy", options: { excludeProtected: true } },
    ],
  },
  {
    name: "inherit-protect",
    title: "protection and retention come from the parent",
    operations: [
      {
        op: "up",
        program: () =>
          void new Thing(
            "a",
            { value: "1" },
            { parent: new Group("g", {}, { protect: true, retainOnDelete: true } as object) },
          ),
      },
      { op: "destroy" },
    ],
  },
  {
    name: "retain-on-delete",
    title: "what is retained leaves the state and stays",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }, { retainOnDelete: true }) },
      { op: "up", program: () => undefined },
    ],
  },
  {
    name: "deleted-with",
    title: "what is deleted with another is not deleted by itself, unless the other stays",
    operations: [
      {
        op: "up",
        program: () => {
          const a = new Thing("a", { value: "1" });
          new Thing("b", { value: "1" }, { deletedWith: a });
          new Thing("c", { value: "1" }, { deletedWith: a });
        },
      },
      {
        op: "up",
        program: () => {
          const a = new Thing("a", { value: "1" });
          new Thing("b", { value: "1" }, { deletedWith: a });
        },
      },
      { op: "destroy" },
    ],
  },
  {
    name: "custom-timeouts",
    title: "times reach the provider in seconds and the state",
    operations: [
      {
        op: "up",
        program: () =>
          void new Thing("a", { value: "1" }, { customTimeouts: { create: "5m", update: "1h30m", delete: "10s" } }),
      },
      {
        op: "up",
        program: () =>
          void new Thing("a", { value: "2" }, { customTimeouts: { create: "5m", update: "1h30m", delete: "10s" } }),
      },
      { op: "destroy" },
    ],
  },
  {
    name: "timeouts-wrong",
    title: "a time that is none is an error",
    operations: [{ op: "up", program: () => void new Thing("a", {}, { customTimeouts: { create: "soon" } }) }],
  },
  {
    name: "check-defaults",
    title: "what check puts in is in state, and is offered again",
    operations: [
      { op: "up", script: { a: { defaults: { size: 3 } } }, program: () => void new Thing("a", { value: "1" }) },
      { op: "up" },
      { op: "up", program: () => void new Thing("a", { value: "1", size: 4 }) },
    ],
  },
  {
    name: "check-failures",
    title: "failures of check are told by property, and nothing of it is made",
    operations: [
      {
        op: "preview",
        script: {
          a: {
            failures: [
              { property: "value", reason: "too small" },
              { property: "", reason: "wrong as a whole" },
            ],
          },
        },
        program: () => void new Thing("a", { value: 1 }),
      },
      { op: "up" },
    ],
  },
  {
    name: "diff-unknown",
    title: "where the provider cannot say, inputs are compared",
    operations: [
      {
        op: "up",
        script: { a: { diff: "unknown" } },
        program: () => void new Thing("a", { value: "1", map: { x: [1] } }),
      },
      { op: "up" },
      { op: "up", program: () => void new Thing("a", { value: "1", map: { x: [1, 2] }, more: 1 }) },
    ],
  },
  {
    name: "diff-none",
    title: "changed inputs that the provider calls none are taken into state",
    operations: [
      { op: "up", script: { a: { diff: "none" } }, program: () => void new Thing("a", { value: "1" }) },
      { op: "up", program: () => void new Thing("a", { value: "2" }) },
    ],
  },
  {
    name: "depends-on-changes",
    title: "a dependency that comes or goes is written down without a step",
    operations: [
      {
        op: "up",
        program: () => {
          new Thing("a", { value: "1" });
          new Thing("b", { value: "1" });
        },
      },
      { op: "up", program: () => void new Thing("b", { value: "1" }, { dependsOn: new Thing("a", { value: "1" }) }) },
      { op: "up", program: () => void new Thing("b", { value: "1" }) },
    ],
  },
]);
