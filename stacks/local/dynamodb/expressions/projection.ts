/** The grammar of ProjectionExpression, and cutting items down to paths (also for UPDATED_OLD and UPDATED_NEW). */
import { type AttributeValue, attributeOf, type Item, newItem } from "../value.ts";
import { type Bindings, Cursor } from "./parser.ts";
import type { Path } from "./tree.ts";

const problemOrder = ["reserved", "names", "overlap", "conflict"] as const;

export function parseProjection(text: string, bindings: Bindings): Path[] {
  const cursor = new Cursor(text, bindings, problemOrder);
  const paths: Path[] = [];
  do cursor.distinctPath(paths, cursor.path());
  while (cursor.takeSign(","));
  cursor.expectEnd();
  cursor.throwProblems();
  return paths;
}

/** Paths as a tree; an empty map keeps everything below. */
type Branch = Map<string | number, Branch>;

export function projector(paths: Path[]): (item: Item) => Item {
  const root: Branch = new Map();
  for (const path of paths) {
    let branch = root;
    for (const piece of path) {
      const next: Branch = branch.get(piece) ?? new Map();
      branch.set(piece, next);
      branch = next;
    }
  }
  return (item) => cutMap(item, root) ?? newItem();
}

function cutMap(item: Item, branch: Branch): Item | undefined {
  const kept = newItem();
  let any = false;
  for (const [name, below] of branch) {
    const value = typeof name === "string" ? attributeOf(item, name) : undefined;
    const cut = value && cutValue(value, below);
    if (!cut) continue;
    kept[name] = cut;
    any = true;
  }
  return any ? kept : undefined;
}

function cutValue(value: AttributeValue, branch: Branch): AttributeValue | undefined {
  if (branch.size === 0) return value;
  if (value.M) {
    const kept = cutMap(value.M, branch);
    return kept && { M: kept };
  }
  if (!value.L) return undefined;
  const kept: AttributeValue[] = [];
  for (const at of [...branch.keys()].filter((piece) => typeof piece === "number").sort((a, b) => a - b)) {
    const element = value.L[at];
    const cut = element && cutValue(element, branch.get(at)!);
    if (cut) kept.push(cut);
  }
  return kept.length > 0 ? { L: kept } : undefined;
}
