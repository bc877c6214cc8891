/** Rules on size and on secrets: what would cost more than people expect, and what an environment must not hold. */
import type { Finding } from "../../blueprints/card.ts";
import { looksSecret } from "../../blueprints/secret-looking.ts";
import { finding, gateNoun, ofKind, type Plan, type PlannedResource, prefixOf, type Rule, text } from "./plan.ts";

/** Beyond these somebody is asked. */
export const asked = { memoryMb: 3008, timeoutSeconds: 300, functions: 20, callsPerSecond: 100 } as const;

const lambdas = (plan: Plan): PlannedResource[] => ofKind(plan, "aws:lambda/function:Function");
const isGate = ({ inputs }: PlannedResource, plan: Plan): boolean =>
  inputs["name"] === `${prefixOf(plan.about)}${gateNoun}`;

/** Row H15. */
export const limits: Rule = {
  name: "limits",
  check: (plan) => {
    const functions = lambdas(plan);
    return [
      ...functions.flatMap((lambda) => ofFunction(lambda)),
      ...(functions.length > asked.functions
        ? [finding("ask", "limits", undefined, `It has ${functions.length} functions.`)]
        : []),
      ...functions.filter((lambda) => isGate(lambda, plan)).flatMap(ofRoutes),
    ];
  },
};

function ofFunction(lambda: PlannedResource): Finding[] {
  const { memorySize, timeout, reservedConcurrentExecutions: reserved } = lambda.inputs;
  const found: [boolean, Finding["severity"], string][] = [
    [Number(memorySize) > asked.memoryMb, "ask", `has ${memorySize} MB of memory; every call is paid by it.`],
    [Number(timeout) > asked.timeoutSeconds, "ask", `may run ${timeout} s a call.`],
    [
      reserved !== undefined && reserved !== -1,
      "refuse",
      "reserves concurrency, which is taken from everything else in the account.",
    ],
  ];
  return found.filter(([is]) => is).map(([, severity, message]) => finding(severity, "limits", lambda, message));
}

/** The gate's own configuration is ours: public routes with what they let through. */
function ofRoutes(gate: PlannedResource): Finding[] {
  const variables = variablesOf(gate);
  const { routes = [] } = JSON.parse(text(variables["FREEHOLD_GATE"]) ?? "{}") as {
    routes?: { path: string; public?: boolean; limit?: { count: number; seconds: number } }[];
  };
  return routes
    .filter((route) => route.public)
    .filter(({ limit }) => !limit || limit.count / limit.seconds > asked.callsPerSecond)
    .map(({ path, limit }) =>
      finding(
        "ask",
        "limits",
        gate,
        `lets everybody call ${path} ${limit ? `${limit.count} times in ${limit.seconds} s` : "without a limit"}; you pay each call.`,
      ),
    );
}

const variablesOf = ({ inputs }: PlannedResource): Record<string, unknown> =>
  ((inputs["environment"] as { variables?: unknown } | undefined)?.variables ?? {}) as Record<string, unknown>;

export const environments: Rule = {
  name: "environments",
  check: (plan) =>
    lambdas(plan)
      .filter((lambda) => !isGate(lambda, plan))
      .flatMap((lambda) =>
        Object.entries(variablesOf(lambda)).flatMap(([variable, value]): Finding[] => {
          const own = `${value}`.startsWith(prefixOf(plan.about)) || variable.endsWith("_PARAMETER");
          const look = typeof value === "string" && !own ? looksSecret(value, variable) : undefined;
          if (!look) return [];
          const message = `has in ${variable} what looks like ${look.what}: an environment is not secret, a setting of type secret is.`;
          return [finding(look.sure ? "refuse" : "ask", "environments", lambda, message)];
        }),
      ),
};
