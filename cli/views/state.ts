/** `state verify`, `repair`, `export` and `import` in plain text. */
import type { StateFileDocument } from "../commands/state-export.ts";
import type { RepairDocument, StackRepair } from "../commands/state-repair.ts";
import type { StateDocument } from "../commands/state-verify.ts";
import type { Paint } from "../ui/paint.ts";

export function verified({ cloud, stacks, strays }: StateDocument, paint: Paint): string {
  const lines = stacks.flatMap(({ stack, state, findings }) => [
    `${paint.bold(stack)} · ${state === "sound" ? paint.good(state) : paint.warn(state)}`,
    ...(state === "lost"
      ? [`  nothing says what it is made of: ${paint.command(`freehold state repair ${stack}`)}`]
      : []),
    ...findings.map(({ severity, file, message }) => `  ${severity}: ${file}\n    ${message}`),
  ]);
  const stray = strays.map(({ kind, id, app }) => `  ${kind} ${id} (${app})`);
  const rest = stray.length > 0 ? ["", `In ${cloud}, with its tags, and of nothing that is installed:`, ...stray] : [];
  return [...lines, ...rest].join("\n");
}

const words: Record<StackRepair["outcome"], string> = {
  sound: "nothing to do",
  mended: "mended",
  rebuilt: "found again in the cloud, and written down",
  "would-mend": "can be mended; --yes does it",
  "would-rebuild": "is lost; --yes writes it anew from what was found",
};

export function repaired({ stacks }: RepairDocument, paint: Paint): string {
  return stacks
    .flatMap(({ stack, outcome, steps, found = [], missing = [], others = [] }) => [
      `${paint.bold(stack)} · ${words[outcome]}`,
      ...steps.flatMap(({ says, loses }) => [`  ${says}`, ...(loses ? [`    lost with it: ${loses}`] : [])]),
      ...found.map(({ kind, id, byName, differs }) => {
        const marks = [
          ...(byName ? ["by its name"] : []),
          ...(differs.length ? [`differs in ${differs.join(", ")}`] : []),
        ];
        return `  found ${kind} ${id}${marks.length ? ` (${marks.join("; ")})` : ""}`;
      }),
      ...missing.map(({ kind, name }) => `  not there: ${kind} ${name}; the next up makes it`),
      ...others.map(({ kind, id }) => `  not this app's by its tags, and left alone: ${kind} ${id}`),
    ])
    .join("\n");
}

export const file = ({ stack, file, resources }: StateFileDocument): string =>
  `${stack}: ${resources} resources, ${file}`;
