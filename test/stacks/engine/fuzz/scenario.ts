/**
 * What a fuzzed life cycle consists of, as plain JSON: a program, edits of it, operations with faults, crashes and
 * cancellations. The generators are here, too. Knows nothing of the engine: numbers picked at random are given a
 * meaning only when they are applied to a program (program.ts), so that every shrunk scenario still means something.
 */
import fc from "fast-check";

/** A resource as it is added; `nat`s are taken modulo what there is to choose from. */
export interface Draft {
  kind: number;
  type: number;
  /** Absent: on top. */
  parent?: number;
  provider?: number;
  dependsOn: number[];
  /** Which earlier resources its properties come from, and which output of theirs. */
  refs: { to: number; out: number; pin: boolean }[];
  deletedWith?: number;
  replaceWith?: number;
  value: number;
  secret: boolean;
  options: Options;
}

export interface Options {
  protect?: boolean;
  retainOnDelete?: boolean;
  deleteBeforeReplace?: boolean;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  trigger?: number;
  timeouts?: boolean;
  secretOutputs?: boolean;
}

export type Edit =
  | { do: "add"; draft: Draft; at: number }
  | { do: "remove"; pick: number }
  | { do: "rename"; pick: number; alias: boolean }
  | { do: "reparent"; pick: number; to: number; alias: boolean }
  | { do: "value"; pick: number; value: number }
  | { do: "nested"; pick: number; value: number }
  | { do: "force"; pick: number }
  | { do: "secret"; pick: number; secret: boolean }
  | { do: "options"; pick: number; options: Options }
  | { do: "provider"; pick: number; to: number }
  | { do: "configure"; pick: number; zone: boolean }
  | { do: "depend"; pick: number; to: number; out: number; how: number }
  | { do: "independ"; pick: number }
  | { do: "reorder"; pick: number; to: number }
  | { do: "ownership"; pick: number }
  | { do: "forgetAliases" };

export type ProviderOp = "create" | "update" | "delete" | "read" | "check" | "diff" | "adopt";

/** The n-th call of its kind in an operation goes wrong. */
export interface Fault {
  op: ProviderOp;
  n: number;
  how: "before" | "after" | "partial";
}

/** The process is gone at a provider call or at a write; `drop` loses what was not synced, as a power cut does. */
export type Crash =
  | {
      at: "call";
      op: "create" | "update" | "delete" | "read" | "any";
      n: number;
      when: "before" | "after";
      drop: boolean;
    }
  | { at: "file"; n: number; when: "before" | "after" | "torn"; drop: boolean };

export interface Operation {
  op: "up" | "preview" | "refresh" | "destroy";
  parallel: number;
  /** Registers one resource after the other, as a program that awaits each does. */
  sequential: boolean;
  refresh?: boolean;
  targets?: number[];
  targetDependents?: boolean;
  excludes?: number[];
  excludeDependents?: boolean;
  replaces?: number[];
  excludeProtected?: boolean;
  continueOnError?: boolean;
  clearPending?: boolean;
  /** The program throws after so many registrations. */
  throwsAfter?: number;
}

export interface Step {
  edits: Edit[];
  drift: { pick: number; how: "value" | "gone" }[];
  operation: Operation;
  faults: Fault[];
  crash?: Crash;
  /** Ctrl-C at the n-th provider call. */
  cancel?: { n: number; when: "before" | "after" };
}

export interface Scenario {
  drafts: Draft[];
  steps: Step[];
}

const nat = fc.nat({ max: 63 });
const maybe = <T>(arb: fc.Arbitrary<T>, freq: number): fc.Arbitrary<T | undefined> =>
  fc.option(arb, { nil: undefined, freq });
/** `fc.option`'s freq is the odds of a value against one nil: this one is the odds of nil. */
const seldom = <T>(arb: fc.Arbitrary<T>, odds: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: odds, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: arb });
const flag = (odds: number): fc.Arbitrary<boolean | undefined> => seldom(fc.boolean(), odds);
const yes = (odds: number): fc.Arbitrary<true | undefined> => seldom(fc.constant(true as const), odds);

const options: fc.Arbitrary<Options> = fc.record({
  protect: flag(9),
  retainOnDelete: flag(12),
  deleteBeforeReplace: flag(4),
  ignoreChanges: seldom(
    fc.subarray(["value", "force", "nested.a", "nested.list[0]", "nested", "secret", "ref0"], {
      minLength: 1,
      maxLength: 2,
    }),
    6,
  ),
  replaceOnChanges: seldom(fc.constantFrom(["value"], ["nested.b"], ["*"], ["ref0", "secret"]), 8),
  trigger: seldom(fc.nat({ max: 2 }), 8),
  timeouts: yes(8),
  secretOutputs: yes(8),
});

const draft: fc.Arbitrary<Draft> = fc.record({
  kind: nat,
  type: nat,
  parent: maybe(nat, 1),
  provider: seldom(nat, 3),
  dependsOn: fc.array(nat, { maxLength: 2 }),
  refs: fc.array(fc.record({ to: nat, out: nat, pin: fc.boolean() }), { maxLength: 2 }),
  deletedWith: seldom(nat, 9),
  replaceWith: seldom(nat, 12),
  value: fc.nat({ max: 3 }),
  secret: fc.boolean(),
  options,
});

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), draft, at: nat }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("remove" as const), pick: nat }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("rename" as const), pick: nat, alias: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("reparent" as const), pick: nat, to: nat, alias: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("value" as const), pick: nat, value: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("nested" as const), pick: nat, value: fc.nat({ max: 9 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("force" as const), pick: nat }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("secret" as const), pick: nat, secret: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("options" as const), pick: nat, options }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("provider" as const), pick: nat, to: nat }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("configure" as const), pick: nat, zone: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("depend" as const), pick: nat, to: nat, out: nat, how: nat }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("independ" as const), pick: nat }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reorder" as const), pick: nat, to: nat }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("ownership" as const), pick: nat }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("forgetAliases" as const) }) },
);

const operation: fc.Arbitrary<Operation> = fc.record({
  op: fc.oneof(
    { weight: 16, arbitrary: fc.constant("up" as const) },
    { weight: 2, arbitrary: fc.constant("preview" as const) },
    { weight: 2, arbitrary: fc.constant("refresh" as const) },
    { weight: 2, arbitrary: fc.constant("destroy" as const) },
  ),
  parallel: fc.constantFrom(1, 2, 4, 8, 16),
  sequential: fc.boolean(),
  refresh: yes(7),
  targets: seldom(fc.array(nat, { minLength: 1, maxLength: 3 }), 7),
  targetDependents: yes(2),
  excludes: seldom(fc.array(nat, { minLength: 1, maxLength: 2 }), 12),
  excludeDependents: yes(2),
  replaces: seldom(fc.array(nat, { minLength: 1, maxLength: 2 }), 12),
  excludeProtected: yes(6),
  continueOnError: yes(6),
  clearPending: yes(15),
  throwsAfter: seldom(fc.nat({ max: 20 }), 14),
});

const fault: fc.Arbitrary<Fault> = fc.record({
  op: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<ProviderOp>("create", "update", "delete") },
    { weight: 1, arbitrary: fc.constantFrom<ProviderOp>("read", "check", "diff", "adopt") },
  ),
  n: fc.nat({ max: 4 }),
  how: fc.constantFrom<Fault["how"]>("before", "after", "partial"),
});

const crash: fc.Arbitrary<Crash> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      at: fc.constant("call" as const),
      op: fc.constantFrom<"create" | "update" | "delete" | "any">("create", "update", "delete", "any"),
      n: fc.nat({ max: 7 }),
      when: fc.constantFrom<"before" | "after">("before", "after"),
      drop: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      at: fc.constant("file" as const),
      n: fc.nat({ max: 32 }),
      when: fc.constantFrom<"before" | "after" | "torn">("before", "after", "torn"),
      drop: fc.boolean(),
    }),
  },
);

const step: fc.Arbitrary<Step> = fc.record({
  edits: fc.array(edit, { maxLength: 5, size: "max" }),
  drift: fc.oneof<fc.WeightedArbitrary<Step["drift"]>[]>(
    { weight: 5, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ pick: nat, how: fc.constantFrom<"value" | "gone">("value", "gone") }), {
        minLength: 1,
        maxLength: 2,
      }),
    },
  ),
  operation,
  faults: fc.oneof<fc.WeightedArbitrary<Fault[]>[]>(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fault, { minLength: 1, maxLength: 3 }) },
  ),
  crash: seldom(crash, 3),
  cancel: seldom(fc.record({ n: fc.nat({ max: 6 }), when: fc.constantFrom<"before" | "after">("before", "after") }), 9),
});

/** Sizes are drawn evenly: the shortest scenarios find the least. */
export const scenario: fc.Arbitrary<Scenario> = fc.noBias(
  fc.record({
    drafts: fc.array(draft, { minLength: 1, maxLength: 26, size: "max" }),
    steps: fc.array(step, { minLength: 1, maxLength: 5, size: "max" }),
  }),
);
