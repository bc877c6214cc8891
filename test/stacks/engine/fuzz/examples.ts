/** Scenarios that once went wrong, shrunk, each with what was wrong. They are played again for ever. */
import type { Scenario } from "./scenario.ts";

export interface Example {
  /** What was wrong. */
  was: string;
  scenario: Scenario;
}

export const examples: Example[] = [
  {
    was: "a create that failed after it had made something was forgotten: in neither state nor pending operations",
    scenario: {
      drafts: [{ kind: 0, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: { trigger: 0 } }],
      steps: [
        {
          edits: [],
          drift: [],
          operation: { op: "up", parallel: 1, sequential: false, targets: [0] },
          faults: [{ op: "create", n: 0, how: "after" }],
        },
      ],
    },
  },
  {
    was: "outputs of a component that was left out ended a targeted up: the journal held no state for them",
    scenario: {
      drafts: [
        { kind: 0, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: {} },
        { kind: 6, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: {} },
      ],
      steps: [
        {
          edits: [],
          drift: [],
          operation: { op: "up", parallel: 2, sequential: true, targets: [0] },
          faults: [],
        },
      ],
    },
  },
  {
    was: "a refresh cut off after it had dropped what was gone, and before it dropped the references, locked the stack",
    scenario: {
      drafts: [
        { kind: 0, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: {} },
        { kind: 0, type: 0, dependsOn: [0], refs: [], value: 0, secret: false, options: {} },
      ],
      steps: [
        { edits: [], drift: [], operation: { op: "up", parallel: 1, sequential: true }, faults: [] },
        {
          edits: [],
          drift: [{ pick: 0, how: "gone" }],
          operation: { op: "refresh", parallel: 1, sequential: true },
          faults: [],
          crash: { at: "file", n: 10, when: "after", drop: false },
        },
      ],
    },
  },
  {
    was: "what a replacement leaves of something that an excluded one needs stayed, and what that needs went: the state could not be written",
    scenario: {
      drafts: [
        { kind: 0, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: {} },
        { kind: 0, type: 0, dependsOn: [], refs: [{ to: 0, out: 0, pin: true }], value: 0, secret: false, options: {} },
        { kind: 0, type: 0, dependsOn: [1], refs: [], value: 0, secret: false, options: {} },
      ],
      steps: [
        { edits: [], drift: [], operation: { op: "up", parallel: 1, sequential: true }, faults: [] },
        {
          edits: [{ do: "remove", pick: 0 }],
          drift: [],
          operation: { op: "up", parallel: 1, sequential: true, excludes: [1] },
          faults: [],
        },
      ],
    },
  },
  {
    was: "an interrupted create was taken over when something it depends on had gone: the state could not be written",
    scenario: {
      drafts: [
        { kind: 30, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: {} },
        { kind: 0, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: {} },
      ],
      steps: [
        {
          edits: [
            {
              do: "add",
              draft: { kind: 0, type: 0, dependsOn: [0], refs: [], value: 0, secret: true, options: {} },
              at: 1,
            },
          ],
          drift: [],
          operation: { op: "up", parallel: 1, sequential: true },
          faults: [{ op: "create", n: 0, how: "after" }],
        },
        {
          edits: [{ do: "remove", pick: 0 }],
          drift: [],
          operation: { op: "up", parallel: 1, sequential: true },
          faults: [{ op: "diff", n: 0, how: "partial" }],
        },
        {
          edits: [{ do: "force", pick: 0 }],
          drift: [],
          operation: { op: "up", parallel: 1, sequential: true, throwsAfter: 1 },
          faults: [],
        },
      ],
    },
  },
  {
    was: "a destroy that could not look for what an interrupted create had left took away the provider to look with",
    scenario: {
      drafts: [{ kind: 0, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: {} }],
      steps: [
        {
          edits: [],
          drift: [],
          operation: { op: "up", parallel: 1, sequential: true },
          faults: [{ op: "create", n: 0, how: "after" }],
        },
        {
          edits: [],
          drift: [],
          operation: { op: "destroy", parallel: 1, sequential: true },
          faults: [{ op: "adopt", n: 0, how: "before" }],
        },
        {
          edits: [{ do: "remove", pick: 0 }],
          drift: [],
          operation: { op: "up", parallel: 1, sequential: true },
          faults: [],
        },
      ],
    },
  },
  {
    was: "an update that added a secret was cut off: the next run wrote what it read in the clear, into state and events",
    scenario: {
      drafts: [{ kind: 0, type: 0, dependsOn: [], refs: [], value: 0, secret: false, options: {} }],
      steps: [
        { edits: [], drift: [], operation: { op: "up", parallel: 1, sequential: true }, faults: [] },
        {
          edits: [{ do: "secret", pick: 0, secret: true }],
          drift: [],
          operation: { op: "up", parallel: 1, sequential: true },
          faults: [],
          crash: { at: "call", op: "update", n: 0, when: "after", drop: false },
        },
        { edits: [], drift: [], operation: { op: "refresh", parallel: 1, sequential: true }, faults: [] },
      ],
    },
  },
];
