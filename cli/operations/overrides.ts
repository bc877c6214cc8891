/**
 * What the owner sets of functions instead of their author: memory, time, environment. Read from what was typed, kept in
 * the registry, and put over the manifest of whatever version runs, so that an upgrade keeps them.
 */
import { checkManifest } from "../../blueprints/check.ts";
import type { Manifest } from "../../blueprints/manifest.ts";
import { grantsAsked } from "../../blueprints/reach.ts";
import { suggest } from "../../blueprints/suggest.ts";
import type { Blueprint } from "../../stacks/deploy.ts";
import { faults } from "../errors.ts";
import { holdsGrant, type OwnerRules, ruled } from "../owner-rules.ts";
import type { FunctionOverride } from "../registry.ts";

export type Overrides = Record<string, FunctionOverride>;

interface Key {
  function: string;
  part: "memory" | "timeout" | "environment";
  variable?: string;
}

/** `api.memory`, `api.timeout`, `api.env.NAME`; a setting's name has no dot. */
export function functionKey(key: string): Key | undefined {
  const [, name, what, variable] = /^([a-z][a-z0-9-]*)\.(memory|timeout|env\.(.+))$/.exec(key) ?? [];
  if (name === undefined || what === undefined) return undefined;
  if (variable !== undefined) return { function: name, part: "environment", variable };
  return { function: name, part: what as "memory" | "timeout" };
}

const units: Record<"memory" | "timeout", { pattern: RegExp; words: Record<string, string>; what: string }> = {
  memory: { pattern: /^(\d+) ?(mb|gb)$/i, words: { mb: "MB", gb: "GB" }, what: "a size from 128 MB to 10 GB" },
  timeout: {
    pattern: /^(\d+) ?(s|m|min)$/i,
    words: { s: "s", m: "min", min: "min" },
    what: "a time from 1 s to 15 min",
  },
};

/** In the manifest's words. Throws `setting-wrong`. */
function measured(key: string, part: "memory" | "timeout", text: string): string {
  const { pattern, words, what } = units[part];
  const [, number, unit] = pattern.exec(text.trim()) ?? [];
  if (number === undefined || unit === undefined) throw faults.settingWrong(key, `has to be ${what}`);
  return `${Number(number)} ${words[unit.toLowerCase()]}`;
}

/** What was there, with what was typed. Throws `setting-wrong`: no such function, no such size; never names a value. */
export function withTyped(before: Overrides, given: Readonly<Record<string, string>>, manifest: Manifest): Overrides {
  const after: Overrides = structuredClone(before);
  for (const [key, text] of Object.entries(given)) {
    const parts = functionKey(key)!;
    const { function: name, part, variable } = parts;
    if (!Object.hasOwn(manifest.functions, name)) {
      const near = suggest(name, Object.keys(manifest.functions));
      throw faults.settingWrong(key, `is of no function of this app${near ? `; did you mean ${near}?` : ""}`);
    }
    const one: FunctionOverride = { ...after[name] };
    after[name] = one;
    if (part === "environment") one.environment = { ...one.environment, [variable!]: text };
    else one[part] = measured(key, part, text);
  }
  return after;
}

/** Without what `--reset` names, and without what is empty then. */
export function without(before: Overrides, keys: readonly string[]): Overrides {
  const after: Overrides = structuredClone(before);
  for (const key of keys) {
    const { function: name, part, variable } = functionKey(key)!;
    const one = after[name];
    if (!one) continue;
    if (part !== "environment") delete one[part];
    else if (one.environment) delete one.environment[variable!];
    if (one.environment && Object.keys(one.environment).length === 0) delete one.environment;
    if (Object.keys(one).length === 0) delete after[name];
  }
  return after;
}

/** Those of functions that a version still has; the others' names apart. */
export function stillThere(overrides: Overrides, manifest: Manifest): { kept: Overrides; dropped: string[] } {
  const entries = Object.entries(overrides);
  const has = ([name]: [string, FunctionOverride]): boolean => Object.hasOwn(manifest.functions, name);
  return {
    kept: Object.fromEntries(entries.filter(has)),
    dropped: entries.filter((entry) => !has(entry)).map(([name]) => name),
  };
}

/** The blueprint as if its manifest said what the owner says. Throws `setting-wrong`. */
export function overridden(blueprint: Blueprint, overrides: Overrides, rules: OwnerRules = {}): Blueprint {
  const nothing = Object.keys({ ...overrides, ...rules }).length === 0;
  if (nothing && grantsAsked(blueprint.manifest).every((what) => holdsGrant(rules, what))) return blueprint;
  const functions = Object.fromEntries(
    Object.entries(blueprint.manifest.functions).map(([name, definition]) => {
      const { memory, timeout, environment } = overrides[name] ?? {};
      return [
        name,
        {
          ...definition,
          ...(memory === undefined ? {} : { memory }),
          ...(timeout === undefined ? {} : { timeout }),
          environment: { ...definition.environment, ...environment },
        },
      ];
    }),
  );
  const manifest: Manifest = ruled({ ...blueprint.manifest, functions }, rules);
  const [wrong] = checkManifest(manifest, blueprint.files);
  if (wrong) throw faults.settingWrong(wrong.path.slice(1).join("."), `does not fit: ${wrong.message}`);
  for (const [name, { environment = {} }] of Object.entries(overrides))
    for (const variable of Object.keys(environment))
      if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(variable))
        throw faults.settingWrong(`${name}.env.${variable}`, "is no variable's name, as LEVEL");
  return { ...blueprint, manifest };
}
