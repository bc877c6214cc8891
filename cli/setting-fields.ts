/**
 * Everything of an app that its owner can set, as one form: the manifest's settings, and each function's memory, time and
 * environment. Says what may be said, and what is said now; never the value of a secret. Changes nothing.
 */

import type { Cost } from "../blueprints/card.ts";
import { usualRequests } from "../blueprints/doors.ts";
import { type Manifest, memoryMb, type Route, routesOf, timeoutSeconds } from "../blueprints/manifest.ts";
import { costOf } from "../blueprints/prices.ts";
import { limitOf } from "../blueprints/reach.ts";
import { doorWords, type OwnerRules, ruleKey, rulesStillThere } from "./owner-rules.ts";
import type { FunctionOverride, InstalledApp } from "./registry.ts";
import { ruleWords } from "./ui/setting.ts";

export interface SettingField {
  /** What `settings APP KEY=VALUE` calls it: `title`, `api.memory`, `api.env.LEVEL`, `routes./share/*`, `requests`. */
  key: string;
  kind: "setting" | "secret" | "memory" | "timeout" | "environment" | "route" | "requests";
  /** Of memory, timeout and environment. */
  function?: string;
  label: string;
  help?: string;
  type: "string" | "number" | "boolean" | "secret" | "size" | "time";
  /** What holds now, the default where nothing is set; never of a secret. */
  value?: string | number | boolean;
  /** Whether the owner said it; of a secret whether it is there, and nothing where nobody asked the cloud. */
  set?: boolean;
  default?: string | number | boolean;
  required: boolean;
  /** What a value has to be: `one of 1, 7, 30`, `128 MB to 10240 MB`; left out where `help` alone says it. */
  rule?: string;
  /** Of memory: of a thousand requests that this function answers, with `value`. */
  cost?: Cost;
}

/** In the manifest's order: settings, functions, routes. `secrets`: names of those that are set, when that is known. */
export function fieldsOf(
  manifest: Manifest,
  app: Pick<InstalledApp, "settings" | "functions" | "rules">,
  { region, secrets }: { region: string; secrets?: readonly string[] },
): SettingField[] {
  return [
    ...Object.entries(manifest.settings).map(([key, definition]) => settingField(key, definition, app, secrets)),
    ...Object.keys(manifest.functions).flatMap((name) =>
      functionFields(manifest, name, app.functions[name] ?? {}, region),
    ),
    ...ruleFields(manifest, app.rules ?? {}),
  ];
}

/** Of requests that this function answers; nothing else of the app is in it. */
function functionCost(manifest: Manifest, name: string, memory: string | undefined, region: string): Cost {
  const definition = manifest.functions[name]!;
  const functions = { ...manifest.functions, [name]: { ...definition, memory: memory ?? definition.memory } };
  return costOf({ ...manifest, functions, routes: { "/": name } }, { region, siteBytes: 0 });
}

function settingField(
  key: string,
  { type, label, help, default: preset, required, pattern }: Manifest["settings"][string],
  { settings }: Pick<InstalledApp, "settings">,
  secrets: readonly string[] | undefined,
): SettingField {
  const rule = ruleWords({ pattern, help });
  const shared = {
    key,
    label: label ?? key,
    type,
    required,
    ...(help === undefined ? {} : { help }),
    ...(rule === undefined ? {} : { rule }),
  };
  if (type === "secret") return { ...shared, kind: "secret", ...(secrets ? { set: secrets.includes(key) } : {}) };
  const value = settings[key] ?? preset;
  return {
    ...shared,
    kind: "setting",
    set: Object.hasOwn(settings, key),
    ...(value === undefined ? {} : { value }),
    ...(preset === undefined ? {} : { default: preset }),
  };
}

function functionFields(manifest: Manifest, name: string, over: FunctionOverride, region: string): SettingField[] {
  const { memory, timeout, environment } = manifest.functions[name]!;
  const shared = { function: name, required: false };
  return [
    {
      ...shared,
      key: `${name}.memory`,
      kind: "memory",
      type: "size",
      label: `Memory of ${name}`,
      value: `${memoryMb(over.memory ?? memory)} MB`,
      default: `${memoryMb(memory)} MB`,
      set: over.memory !== undefined,
      rule: "128 MB to 10240 MB",
      cost: functionCost(manifest, name, over.memory, region),
    },
    {
      ...shared,
      key: `${name}.timeout`,
      kind: "timeout",
      type: "time",
      label: `Longest time of a call of ${name}`,
      value: `${timeoutSeconds(over.timeout ?? timeout)} s`,
      default: `${timeoutSeconds(timeout)} s`,
      set: over.timeout !== undefined,
      rule: "1 s to 900 s",
    },
    ...Object.keys({ ...environment, ...over.environment })
      .sort()
      .map((variable) => variableField(name, variable, environment[variable], over.environment?.[variable])),
  ];
}

function variableField(
  name: string,
  variable: string,
  preset: string | number | boolean | undefined,
  said: string | undefined,
): SettingField {
  const value = said ?? preset;
  return {
    key: `${name}.env.${variable}`,
    kind: "environment",
    function: name,
    type: "string",
    label: `${variable} of ${name}`,
    required: false,
    set: said !== undefined,
    ...(value === undefined ? {} : { value: String(value) }),
    ...(preset === undefined ? {} : { default: String(preset) }),
  };
}

/** Every route, and what the owner said of paths below one; then what the whole app may have. */
function ruleFields(manifest: Manifest, rules: OwnerRules): SettingField[] {
  const { doors = {}, requests } = rulesStillThere(rules, manifest).kept;
  const preset = new Map(routesOf(manifest).map((route) => [route.path, authorsWords(manifest, route)]));
  const paths = [...new Set([...preset.keys(), ...Object.keys(doors)])];
  const routes = paths.map((path): SettingField => {
    const own = preset.get(path);
    const value = doors[path] ? doorWords(doors[path]) : own;
    return {
      ...{ key: `routes.${path}`, kind: "route", label: `Who may call ${path}`, type: "string", required: false },
      ...{ set: doors[path] !== undefined, rule: "private, public, or public with a limit, as public 30 per minute" },
      ...(value === undefined ? {} : { value }),
      ...(own === undefined ? {} : { default: own }),
    };
  });
  if (ruleKey("requests", manifest) === undefined) return routes;
  const perDay = (count: number): string => `${count} per day`;
  return [
    ...routes,
    {
      ...{ key: "requests", kind: "requests", label: "Requests it may have", type: "string", required: false },
      ...{ value: perDay(requests ?? usualRequests), default: perDay(usualRequests), set: requests !== undefined },
      ...{ rule: "so many a day, as 5000 per day; beyond them the app is off until the next" },
    },
  ];
}

const authorsWords = (manifest: Manifest, route: Route): string =>
  doorWords({ public: route.public, ...limitOf(manifest, route) });
