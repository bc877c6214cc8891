/** What an operation's text says besides its steps: what changed in a resource (`--diff`), and the stack's outputs. */
import type { Step } from "./deployment/step.ts";
import type { PropertyMap, PropertyValue } from "./value.ts";
import { toDisplay, topLevelChanges } from "./values/values.ts";

const shown = (value: PropertyValue | undefined): string =>
  value === undefined ? "(none)" : JSON.stringify(toDisplay(value, "output", "[secret]"));

/** One line a property that changes, secrets masked. */
export function changeLines({ old, new: next }: Step): string {
  const [before, after] = [old?.inputs ?? {}, next?.inputs ?? {}];
  return topLevelChanges(before, after)
    .filter((key) => !key.startsWith("__"))
    .map((key) => {
      if (before[key] === undefined) return `      + ${key}: ${shown(after[key])}\n`;
      if (after[key] === undefined) return `      - ${key}: ${shown(before[key])}\n`;
      return `      ~ ${key}: ${shown(before[key])} => ${shown(after[key])}\n`;
    })
    .join("");
}

/** Nothing when there are none. */
export function outputLines(outputs: PropertyMap): string {
  const lines = Object.entries(outputs).map(([key, value]) => `    ${key}: ${shown(value)}\n`);
  return lines.length > 0 ? `\nOutputs:\n${lines.join("")}` : "";
}
