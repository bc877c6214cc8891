/** What an app's gate answers with that is not as safe as the rest: headers of its own in place of the safe ones. */
import type { Finding } from "../../blueprints/card.ts";
import { finding, gateNoun, ofKind, type PlannedResource, prefixOf, type Rule } from "./plan.ts";

export const headers: Rule = {
  name: "headers",
  check: (plan) =>
    ofKind(plan, "aws:lambda/function:Function")
      .filter(({ inputs }) => inputs["name"] === `${prefixOf(plan.about)}${gateNoun}`)
      .flatMap((gate) =>
        Object.entries(declaredBy(gate)).map(
          ([name, value]): Finding =>
            finding(
              "note",
              "headers",
              gate,
              value === false ? `answers without ${name}.` : `answers with a ${name} of its own: ${String(value)}.`,
            ),
        ),
      ),
};

/** As the gate is told by its environment. */
function declaredBy({ inputs }: PlannedResource): Record<string, unknown> {
  const { variables } = (inputs["environment"] ?? {}) as { variables?: Record<string, unknown> };
  try {
    return JSON.parse(String(variables?.["FREEHOLD_GATE"])).headers ?? {};
  } catch {
    return {};
  }
}
