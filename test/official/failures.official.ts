/** What fails, what is kept of it, and how the next operation goes on. */
import { parity } from "./support/parity.ts";
import { Group, Thing, urn } from "./support/resources.ts";

const chain = (value: string) => () => void new Thing("b", { value: new Thing("a", { value }).arn });
const apart = (value: string) => () => {
  const a = new Thing("a", { value });
  new Thing("needs-a", { value: a.arn });
  new Thing("apart", { value });
};

parity("failures", [
  {
    name: "create-fails",
    title: "a failed create leaves nothing of itself, and the next one makes it",
    operations: [
      { op: "up", program: chain("1"), script: { b: { fail: { create: "no such luck" } } } },
      { op: "up", script: {} },
    ],
  },
  {
    name: "update-fails",
    title: "a failed update leaves the old state",
    operations: [
      { op: "up", program: chain("1") },
      { op: "up", program: chain("2"), script: { a: { fail: { update: "no such luck" } } } },
      { op: "up", script: {} },
    ],
  },
  {
    name: "delete-fails",
    title: "a failed delete leaves the resource, and what it needs",
    operations: [
      { op: "up", program: chain("1") },
      { op: "destroy", script: { b: { fail: { delete: "no such luck" } } } },
      { op: "destroy", script: {} },
    ],
  },
  {
    name: "check-fails",
    title: "a check that breaks",
    operations: [{ op: "up", program: chain("1"), script: { a: { fail: { check: "no such luck" } } } }],
  },
  {
    name: "diff-fails",
    title: "a diff that breaks",
    operations: [
      { op: "up", program: chain("1") },
      { op: "up", program: chain("2"), script: { a: { fail: { diff: "no such luck" } } } },
    ],
  },
  {
    name: "partial-create",
    title: "a create that half succeeds is kept with its reasons, and the next update updates it",
    operations: [
      { op: "up", program: chain("1"), script: { a: { partial: { create: ["not ready", "not well"] } } } },
      { op: "preview", script: {} },
      { op: "up" },
      { op: "up" },
    ],
  },
  {
    name: "partial-update",
    title: "an update that half succeeds keeps old inputs, new outputs and its reasons",
    operations: [
      { op: "up", program: chain("1") },
      { op: "up", program: chain("2"), script: { a: { partial: { update: ["not ready"] } } } },
      { op: "up", script: {} },
    ],
  },
  {
    name: "partial-replacement",
    title: "a replacement whose create half succeeds",
    operations: [
      { op: "up", program: () => void new Thing("a", { force: "1" }) },
      {
        op: "up",
        program: () => void new Thing("a", { force: "2" }),
        script: { a: { partial: { create: ["not ready"] } } },
      },
      { op: "up", script: {} },
    ],
  },
  {
    name: "replacement-create-fails",
    title: "a replacement whose create fails leaves the old one",
    operations: [
      { op: "up", program: () => void new Thing("a", { force: "1" }) },
      {
        op: "up",
        program: () => void new Thing("a", { force: "2" }),
        script: { a: { fail: { create: "no such luck" } } },
      },
      { op: "up", script: {} },
    ],
  },
  {
    name: "replacement-delete-fails",
    title: "a replaced resource whose delete fails is deleted by the next operation",
    operations: [
      { op: "up", program: () => void new Thing("a", { force: "1" }) },
      {
        op: "up",
        program: () => void new Thing("a", { force: "2" }),
        script: { a: { fail: { delete: "no such luck" } } },
      },
      { op: "preview", script: {} },
      { op: "up" },
    ],
  },
  {
    name: "pending-replacement",
    title: "deleted and not made again: the next operation makes it",
    operations: [
      { op: "up", program: () => void new Thing("a", { force: "1" }, { deleteBeforeReplace: true }) },
      {
        op: "up",
        program: () => void new Thing("a", { force: "2" }, { deleteBeforeReplace: true }),
        script: { a: { fail: { create: "no such luck" } } },
      },
      { op: "preview", script: {} },
      { op: "up" },
    ],
  },
  {
    name: "pending-replacement-gone",
    title: "deleted, not made again and no longer wanted: it is forgotten",
    operations: [
      { op: "up", program: () => void new Thing("a", { force: "1" }, { deleteBeforeReplace: true }) },
      {
        op: "up",
        program: () => void new Thing("a", { force: "2" }, { deleteBeforeReplace: true }),
        script: { a: { fail: { create: "no such luck" } } },
      },
      { op: "up", program: () => undefined, script: {} },
    ],
  },
  {
    name: "pending-replacement-destroy",
    title: "deleted and not made again: destroy and refresh",
    operations: [
      { op: "up", program: () => void new Thing("a", { force: "1" }, { deleteBeforeReplace: true }) },
      {
        op: "up",
        program: () => void new Thing("a", { force: "2" }, { deleteBeforeReplace: true }),
        script: { a: { fail: { create: "no such luck" } } },
      },
      { op: "refresh", script: {} },
      { op: "destroy" },
    ],
  },
  {
    name: "continue-on-error",
    title: "what does not need the failed one goes on",
    operations: [
      {
        op: "up",
        program: apart("1"),
        script: { a: { fail: { create: "no such luck" } } },
        options: { continueOnError: true },
      },
      { op: "up", script: {} },
      {
        op: "up",
        program: apart("2"),
        script: { a: { fail: { update: "no such luck" } } },
        options: { continueOnError: true },
      },
    ],
  },
  {
    name: "continue-on-error-destroy",
    title: "a destroy goes on past what cannot be deleted",
    operations: [
      { op: "up", program: apart("1") },
      {
        op: "destroy",
        script: { "needs-a": { fail: { delete: "no such luck" } } },
        options: { continueOnError: true },
      },
    ],
  },
  {
    name: "pending-operations",
    title: "what an interrupted operation left is told, and goes but for creates",
    operations: [
      { op: "up", program: chain("1") },
      {
        op: "preview",
        edit: (state) => {
          const a = state.resources.find((resource: any) => resource.urn.endsWith("::a"));
          state.pending_operations = [
            { resource: { ...a, urn: urn("new"), id: undefined, outputs: undefined }, type: "creating" },
            { resource: a, type: "updating" },
          ];
        },
      },
      { op: "refresh" },
    ],
  },
  {
    name: "pending-creates-cleared",
    title: "refresh forgets pending creates when asked to",
    operations: [
      { op: "up", program: chain("1") },
      {
        op: "refresh",
        options: { clearPendingCreates: true },
        edit: (state) => {
          const a = state.resources.find((resource: any) => resource.urn.endsWith("::a"));
          state.pending_operations = [
            { resource: { ...a, urn: urn("new"), id: undefined, outputs: undefined }, type: "creating" },
          ];
        },
      },
    ],
  },
  {
    name: "pending-deletes",
    title: "what is still to be deleted from before goes with the next operation",
    operations: [
      { op: "up", program: chain("1") },
      {
        op: "up",
        edit: (state) => {
          const a = state.resources.find((resource: any) => resource.urn.endsWith("::a"));
          state.resources.push({ ...a, id: "old-a", delete: true });
        },
      },
      { op: "destroy" },
    ],
  },
  {
    name: "tainted",
    title: "a tainted resource is replaced",
    operations: [
      { op: "up", program: chain("1") },
      {
        op: "up",
        edit: (state) => {
          state.resources.find((resource: any) => resource.urn.endsWith("::a")).taint = true;
        },
      },
    ],
  },
  {
    name: "component-child-fails",
    title: "a component whose child fails",
    operations: [
      {
        op: "up",
        script: { a: { fail: { create: "no such luck" } } },
        program: () => {
          const group = new Group("g");
          const a = new Thing("a", {}, { parent: group });
          (group as any).registerOutputs({ arn: a.arn });
        },
      },
      { op: "up", script: {} },
    ],
  },
]);
