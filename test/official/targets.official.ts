/** Operations on a part of the stack. */
import { parity } from "./support/parity.ts";
import { Group, grouped, Thing, urn } from "./support/resources.ts";

const three = (value: string) => () => {
  const a = new Thing("a", { value });
  new Thing("b", { value: a.arn, own: value });
  new Thing("c", { value });
};

parity("targets", [
  {
    name: "target-update",
    title: "only the target changes",
    operations: [
      { op: "up", program: three("1") },
      { op: "preview", program: three("2"), options: { target: [urn("a")] } },
      { op: "up", options: { target: [urn("a")] } },
      { op: "up" },
    ],
  },
  {
    name: "target-glob",
    title: "targets by glob, with dependents",
    operations: [
      { op: "up", program: three("1") },
      { op: "up", program: three("2"), options: { target: ["**::a"], targetDependents: true } },
    ],
  },
  {
    name: "target-create",
    title: "a target is made alone, what is not targeted is not",
    operations: [{ op: "up", program: three("1"), options: { target: [urn("c")] } }, { op: "up" }],
  },
  {
    name: "target-create-needs",
    title: "a target that needs what is not targeted and not there is an error",
    operations: [{ op: "up", program: three("1"), options: { target: [urn("b")] } }],
  },
  {
    name: "target-missing",
    title: "a target that is nowhere is an error",
    operations: [
      { op: "up", program: three("1") },
      { op: "up", options: { target: [urn("nowhere")] } },
      { op: "destroy", options: { target: [urn("nowhere")] } },
      { op: "refresh", options: { target: [urn("nowhere")] } },
    ],
  },
  {
    name: "target-destroy",
    title: "destroy of a target with dependents is an error, and goes with them",
    operations: [
      { op: "up", program: three("1") },
      { op: "destroy", options: { target: [urn("a")] } },
      { op: "destroy", options: { target: [urn("a")], targetDependents: true } },
    ],
  },
  {
    name: "target-destroy-child",
    title: "destroy of a parent with children",
    operations: [
      { op: "up", program: () => void new Thing("a", {}, { parent: new Group("g") }) },
      { op: "destroy", options: { target: [urn("g", "test:index:Group")] } },
      { op: "destroy", options: { target: [grouped("a")] } },
    ],
  },
  {
    name: "target-removed",
    title: "a resource the program no longer has goes when it is the target",
    operations: [
      { op: "up", program: three("1") },
      { op: "up", program: () => void new Thing("a", { value: "2" }), options: { target: [urn("c")] } },
    ],
  },
  {
    name: "target-replace",
    title: "a target is replaced, its dependents wait",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: new Thing("a", { force: "1" }).arn }) },
      {
        op: "up",
        program: () => void new Thing("b", { value: new Thing("a", { force: "2" }).arn }),
        options: { target: [urn("a")] },
      },
      { op: "up" },
    ],
  },
  {
    name: "exclude",
    title: "everything but what is excluded, with and without dependents",
    operations: [
      { op: "up", program: three("1") },
      { op: "up", program: three("2"), options: { exclude: [urn("a")] } },
      { op: "up", program: three("3"), options: { exclude: [urn("a")], excludeDependents: true } },
      { op: "destroy", options: { exclude: [urn("b")] } },
    ],
  },
  {
    name: "exclude-create",
    title: "what is excluded is not made, and what needs it is an error",
    operations: [
      { op: "up", program: three("1"), options: { exclude: [urn("c")] } },
      {
        op: "up",
        program: () => void new Thing("y", { value: new Thing("x", {}).arn }),
        options: { exclude: [urn("x")] },
      },
    ],
  },
]);
