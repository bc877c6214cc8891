/** What is read, imported, taken over and let go of; refresh in all its forms. */
import { parity } from "./support/parity.ts";
import { Group, Thing, urn } from "./support/resources.ts";

const get = (name: string, id: string, options: object = {}) => new Thing(name, {}, { id, ...options } as object);

parity("reads", [
  {
    name: "read",
    title: "a resource that is only read is external, and is read again",
    operations: [
      { op: "preview", program: () => ({ arn: get("a", "there").arn }) },
      { op: "up" },
      { op: "up" },
      { op: "up", program: () => void get("a", "elsewhere") },
      { op: "up", program: () => undefined },
    ],
  },
  {
    name: "read-gone",
    title: "what is read and is not there is an error",
    operations: [{ op: "up", script: { a: { gone: true } }, program: () => void get("a", "there") }],
  },
  {
    name: "read-unknown-id",
    title: "what is read by an id not known yet",
    operations: [
      { op: "preview", program: () => ({ arn: get("b", new Thing("a", {}).arn as any).arn }) },
      { op: "up" },
    ],
  },
  {
    name: "take-over",
    title: "a resource that was read becomes ours",
    operations: [
      { op: "up", program: () => void get("a", "there") },
      { op: "preview", program: () => void new Thing("a", { value: "1" }) },
      { op: "up" },
    ],
  },
  {
    name: "relinquish",
    title: "a resource of ours that is only read from now on is let go of, the same one",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      { op: "up", program: () => void get("a", "a-1") },
      { op: "destroy" },
    ],
  },
  {
    name: "read-replacement",
    title: "a resource of ours is deleted when another one is read in its place",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      { op: "up", program: () => void get("a", "other") },
    ],
  },
  {
    name: "import",
    title: "an import that fits is taken as it is, and stays",
    operations: [
      {
        op: "preview",
        script: { a: { drift: { value: "1" } } },
        program: () => void new Thing("a", { value: "1" }, { import: "there" }),
      },
      { op: "up" },
      { op: "up" },
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      { op: "destroy" },
    ],
  },
  {
    name: "import-mismatch",
    title: "an import that does not fit is an error",
    operations: [
      {
        op: "preview",
        script: { a: { drift: { value: "2" } } },
        program: () => void new Thing("a", { value: "1" }, { import: "there" }),
      },
      { op: "up" },
    ],
  },
  {
    name: "import-gone",
    title: "an import of nothing is an error",
    operations: [
      {
        op: "up",
        script: { a: { gone: true } },
        program: () => void new Thing("a", { value: "1" }, { import: "there" }),
      },
    ],
  },
  {
    name: "import-replaces",
    title: "an import in the place of what is there already",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      {
        op: "up",
        script: { a: { drift: { value: "1" } } },
        program: () => void new Thing("a", { value: "1" }, { import: "other" }),
      },
    ],
  },
  {
    name: "refresh-same",
    title: "refresh of what has not changed",
    operations: [
      {
        op: "up",
        program: () => void new Thing("b", { value: new Thing("a", { value: "1" }, { parent: new Group("g") }).arn }),
      },
      { op: "previewRefresh" },
      { op: "refresh" },
    ],
  },
  {
    name: "refresh-drift",
    title: "refresh takes in what has changed outside, and the next update undoes it",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      { op: "previewRefresh", script: { a: { drift: { value: "drifted" } } } },
      { op: "refresh" },
      { op: "up", script: {} },
    ],
  },
  {
    name: "refresh-drift-outputs",
    title: "refresh takes in outputs alone",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", { value: "1" }).arn }) },
      { op: "refresh", script: { a: { driftOutputs: { arn: "arn:moved" } } } },
      { op: "up" },
    ],
  },
  {
    name: "refresh-gone",
    title: "refresh forgets what is gone and references to it; the next update makes it again",
    operations: [
      {
        op: "up",
        program: () => {
          const a = new Thing("a", { value: "1" });
          new Thing("b", { value: a.arn });
          new Thing("child", {}, { parent: a });
        },
      },
      { op: "previewRefresh", script: { a: { gone: true } } },
      { op: "refresh" },
      { op: "up", script: {} },
    ],
  },
  {
    name: "refresh-no-inputs",
    title: "a read that tells no inputs keeps the old ones",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      { op: "refresh", script: { a: { readsNoInputs: true, drift: { value: "drifted" } } } },
      { op: "up", script: {} },
    ],
  },
  {
    name: "refresh-init-errors",
    title: "a read that finds a resource not right warns, and the next update updates it",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      { op: "refresh", script: { a: { partial: { read: ["not ready", "not well"] } } } },
      { op: "up", script: {} },
      { op: "up" },
    ],
  },
  {
    name: "refresh-fails",
    title: "a read that fails fails the refresh and keeps the state",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", { value: "1" }).arn }) },
      { op: "refresh", script: { a: { fail: { read: "no such luck" } } } },
    ],
  },
  {
    name: "refresh-ignored",
    title: "refresh and ignored changes",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }, { ignoreChanges: ["value"] }) },
      { op: "refresh", script: { a: { drift: { value: "drifted" } } } },
      { op: "up", script: {} },
    ],
  },
  {
    name: "refresh-external",
    title: "refresh of what is only read",
    operations: [
      { op: "up", program: () => void get("a", "there") },
      { op: "refresh", script: { a: { driftOutputs: { arn: "arn:moved" } } } },
    ],
  },
  {
    name: "refresh-target",
    title: "refresh of one",
    operations: [
      {
        op: "up",
        program: () => {
          new Thing("a", { value: "1" });
          new Thing("b", { value: "1" });
        },
      },
      {
        op: "refresh",
        script: { "test:index:Thing": { drift: { value: "drifted" } } },
        options: { target: [urn("a")] },
      },
    ],
  },
  {
    name: "up-refresh",
    title: "up with a refresh before it",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", { value: "1" }).arn }) },
      { op: "up", script: { a: { drift: { value: "drifted" } } }, options: { refresh: true } },
      { op: "preview", script: { b: { gone: true } }, options: { refresh: true } },
      { op: "up", options: { refresh: true } },
    ],
  },
  {
    name: "refresh-run-program",
    title: "refresh with the program run",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", { value: "1" }).arn }) },
      { op: "refresh", script: { a: { drift: { value: "drifted" } } }, options: { runProgram: true } },
    ],
  },
  {
    name: "destroy-refresh",
    title: "destroy with a refresh before it",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", { value: "1" }).arn }) },
      { op: "previewDestroy" },
      { op: "destroy", script: { a: { gone: true } }, options: { refresh: true } },
    ],
  },
]);
