/** A backend in a folder of the test's own, and resources to put in it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openBackend, type StackRef, type UpdateInfo } from "../../../../stacks/engine/state/index.ts";
import type { ResourceState } from "../../../../stacks/engine/state/resource.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";

export const ref: StackRef = { organization: "organization", project: "shop", stack: "dev" };
export const rootUrn = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
export const urn = (name: string): string => `urn:pulumi:dev::shop::test:index:Thing::${name}`;

export const info: UpdateInfo = {
  result: "succeeded",
  resourceChanges: { create: 1 },
  config: {},
  message: "",
  environment: {},
};

export function root(): ResourceState {
  return {
    urn: rootUrn,
    custom: false,
    type: "pulumi:pulumi:Stack",
    inputs: {},
    outputs: {},
    dependencies: [],
    propertyDependencies: {},
  };
}

export function thing(name: string, more: Partial<ResourceState> = {}, outputs: PropertyMap = {}): ResourceState {
  return { ...root(), urn: urn(name), custom: true, type: "test:index:Thing", id: `id-${name}`, outputs, ...more };
}

/** Time that moves a second a look, so that every history entry has its own. */
export function steppingClock() {
  let at = Date.parse("2026-01-02T03:04:05Z");
  let ids = 0;
  return {
    now: () => {
      at += 1000;
      return at;
    },
    uuid: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
  };
}

export async function temporaryBackend() {
  const dir = await mkdtemp(join(tmpdir(), "freehold-state-"));
  const open = () => openBackend(pathToFileURL(dir).href, { clock: steppingClock() });
  return {
    dir,
    backend: open(),
    open,
    file: join(dir, ".pulumi/stacks/shop/dev.json"),
    journal: join(dir, ".pulumi/journals/shop/dev.journal"),
    locks: join(dir, ".pulumi/locks/organization/shop/dev"),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
