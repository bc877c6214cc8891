/** Replacements in both orders, what they take along, and what else replaces. */
import { parity } from "./support/parity.ts";
import { Group, Thing, urn, Widget } from "./support/resources.ts";

const made = (value: string, options: object = {}) => new Thing("a", { force: value }, options);

parity("replace", [
  {
    name: "create-before-delete",
    title: "the new one is made first, the old one goes at the end",
    operations: [
      { op: "up", program: () => void made("1") },
      { op: "preview", program: () => void made("2") },
      { op: "up" },
      { op: "destroy" },
    ],
  },
  {
    name: "replace-with-dependents",
    title: "dependents of what is replaced are updated with its outputs",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: made("1").arn }) },
      { op: "preview", program: () => void new Thing("b", { value: made("2").arn }) },
      { op: "up" },
    ],
  },
  {
    name: "replace-chain",
    title: "replacements run along a chain whose every link replaces",
    operations: [
      { op: "up", program: () => void new Thing("c", { force: new Thing("b", { force: made("1").arn }).arn }) },
      { op: "preview", program: () => void new Thing("c", { force: new Thing("b", { force: made("2").arn }).arn }) },
      { op: "up" },
      { op: "destroy" },
    ],
  },
  {
    name: "delete-before-replace",
    title: "by the option the old one goes first, with the dependents that would be replaced",
    operations: [
      {
        op: "up",
        program: () => {
          const a = made("1", { deleteBeforeReplace: true });
          new Thing("b", { force: a.arn });
          new Thing("c", { value: a.arn });
        },
      },
      {
        op: "preview",
        program: () => {
          const a = made("2", { deleteBeforeReplace: true });
          new Thing("b", { force: a.arn });
          new Thing("c", { value: a.arn });
        },
      },
      { op: "up" },
      { op: "destroy" },
    ],
  },
  {
    name: "delete-before-replace-by-provider",
    title: "a provider can ask for the old one to go first, and the option can say no",
    operations: [
      { op: "up", program: () => void made("1"), script: { a: { deleteBeforeReplace: true } } },
      { op: "up", program: () => void made("2") },
      { op: "up", program: () => void made("3", { deleteBeforeReplace: false }) },
    ],
  },
  {
    name: "delete-before-replace-chain",
    title: "a chain of dependents goes first in reverse order and comes back",
    operations: [
      {
        op: "up",
        script: { "test:index:Thing": { deleteBeforeReplace: true } },
        program: () => void new Thing("c", { force: new Thing("b", { force: made("1").arn }).arn }),
      },
      { op: "up", program: () => void new Thing("c", { force: new Thing("b", { force: made("2").arn }).arn }) },
    ],
  },
  {
    name: "delete-before-replace-children",
    title: "children of what goes first",
    operations: [
      {
        op: "up",
        program: () => void new Thing("b", { value: "1" }, { parent: made("1", { deleteBeforeReplace: true }) }),
      },
      {
        op: "up",
        program: () => void new Thing("b", { value: "1" }, { parent: made("2", { deleteBeforeReplace: true }) }),
      },
    ],
  },
  {
    name: "delete-before-replace-depends-on",
    title: "a dependency that carries no value",
    operations: [
      {
        op: "up",
        program: () => void new Thing("b", { value: "1" }, { dependsOn: made("1", { deleteBeforeReplace: true }) }),
      },
      {
        op: "up",
        program: () => void new Thing("b", { value: "1" }, { dependsOn: made("2", { deleteBeforeReplace: true }) }),
      },
    ],
  },
  {
    name: "delete-before-replace-protected",
    title: "a protected dependent that would have to go is an error",
    operations: [
      {
        op: "up",
        program: () => void new Thing("b", { force: made("1", { deleteBeforeReplace: true }).arn }, { protect: true }),
      },
      {
        op: "up",
        program: () => void new Thing("b", { force: made("2", { deleteBeforeReplace: true }).arn }, { protect: true }),
      },
    ],
  },
  {
    name: "detailed-replace",
    title: "a detailed diff's replace kinds replace, whatever the list says",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      {
        op: "up",
        program: () => void new Thing("a", { value: "2" }),
        script: { a: { detailed: { value: "update-replace" } } },
      },
    ],
  },
  {
    name: "replace-on-changes",
    title: "paths that the program names replace when they change",
    operations: [
      { op: "up", program: () => void new Thing("a", { x: { y: 1, z: 1 } }, { replaceOnChanges: ["x.y"] }) },
      { op: "up", program: () => void new Thing("a", { x: { y: 1, z: 2 } }, { replaceOnChanges: ["x.y"] }) },
      { op: "preview", program: () => void new Thing("a", { x: { y: 2, z: 2 } }, { replaceOnChanges: ["x.y"] }) },
      { op: "up" },
    ],
  },
  {
    name: "replace-on-changes-all",
    title: "every path replaces with a star, and with a detailed diff",
    operations: [
      {
        op: "up",
        script: { a: { detailed: true } },
        program: () => void new Thing("a", { value: "1", list: [1] }, { replaceOnChanges: ["*"] }),
      },
      { op: "up", program: () => void new Thing("a", { value: "1", list: [2] }, { replaceOnChanges: ["*"] }) },
    ],
  },
  {
    name: "replacement-trigger",
    title: "a changed trigger replaces",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }, { replacementTrigger: "one" } as object) },
      { op: "up" },
      { op: "up", program: () => void new Thing("a", { value: "1" }, { replacementTrigger: "two" } as object) },
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
    ],
  },
  {
    name: "replace-with",
    title: "what is to be replaced with another is",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: "1" }, { replaceWith: [made("1")] } as object) },
      { op: "up", program: () => void new Thing("b", { value: "1" }, { replaceWith: [made("2")] } as object) },
    ],
  },
  {
    name: "deleted-with-replaced",
    title: "what is deleted with another is replaced with it",
    operations: [
      { op: "up", program: () => void new Thing("b", { value: "1" }, { deletedWith: made("1") }) },
      { op: "up", program: () => void new Thing("b", { value: "1" }, { deletedWith: made("2") }) },
      { op: "destroy" },
    ],
  },
  {
    name: "replace-target",
    title: "--replace replaces one, and what depends on it follows",
    operations: [
      {
        op: "up",
        program: () => {
          const a = new Thing("a", { value: "1" });
          new Thing("b", { force: a.arn });
          new Widget("c", {});
        },
      },
      { op: "preview", options: { replace: [urn("a")] } },
      { op: "up", options: { replace: [urn("a")] } },
    ],
  },
  {
    name: "replace-component-child",
    title: "a child of a component is replaced",
    operations: [
      { op: "up", program: () => void made("1", { parent: new Group("g") }) },
      { op: "up", program: () => void made("2", { parent: new Group("g") }) },
      { op: "destroy" },
    ],
  },
  {
    name: "replace-protected",
    title: "a protected resource is not replaced, and is when it is no longer protected",
    operations: [
      { op: "up", program: () => void made("1", { protect: true }) },
      { op: "preview", program: () => void made("2", { protect: true }) },
      { op: "up" },
      { op: "up", program: () => void made("2") },
    ],
  },
  {
    name: "replace-retained",
    title: "what is retained on delete is left when it is replaced",
    operations: [
      { op: "up", program: () => void made("1", { retainOnDelete: true }) },
      { op: "up", program: () => void made("2", { retainOnDelete: true }) },
    ],
  },
]);
