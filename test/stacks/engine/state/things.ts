/** Resources to put into state, for tests and for the processes they start. */
import type { StackRef, UpdateInfo } from "../../../../stacks/engine/state/index.ts";
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

/** Where the stack's files are, in any storage. */
export const keys = {
  checkpoint: ".pulumi/stacks/shop/dev.json",
  journal: ".pulumi/journals/shop/dev.journal",
  locks: ".pulumi/locks/organization/shop/dev",
  guard: ".pulumi/journals/shop/dev.lock",
};
