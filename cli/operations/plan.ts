/**
 * From what was asked of one app to what is to be there: blueprint, settings, what functions are given. Everything that
 * can be wrong with it is found here, before anything is asked or changed. Changes nothing.
 */
import { basename } from "node:path";
import { digestFiles } from "../../blueprints/digest.ts";
import { usualRequests } from "../../blueprints/doors.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import { suggest } from "../../blueprints/suggest.ts";
import type { App, Blueprint, Domain } from "../../stacks/deploy.ts";
import { copyDir } from "../copies.ts";
import { faults } from "../errors.ts";
import { type OwnerRules, ruleKey, rulesOf, rulesStillThere, withoutRules, withRules } from "../owner-rules.ts";
import { functionsDir } from "../paths.ts";
import type { Source } from "../refs.ts";
import { type FunctionOverride, type InstalledApp, readApp, wasUp } from "../registry.ts";
import { isOf } from "./left-data.ts";
import { functionKey, overridden, stillThere, without, withTyped } from "./overrides.ts";
import { type Plain, settingsFrom } from "./settings.ts";
import type { Work } from "./work.ts";

export interface Plan {
  /** With the blueprint as the owner changed it. */
  app: App;
  source: Source;
  /** As its author has it. */
  blueprint: Blueprint;
  before: InstalledApp | undefined;
  functions: Record<string, FunctionOverride>;
  rules: OwnerRules;
  /** Of what was installed and this version knows no more: keys of settings, names of functions, doors. */
  dropped: string[];
  /** Of a version that is brought back: since when it first ran. */
  restored?: string;
  /** The whole of which this is a part was said yes to. */
  agreed?: true;
}

export interface Wanted {
  source: Source;
  /** What the app is called; the manifest's own name when nothing says it. */
  name?: string;
  /** What was typed: settings, and keys of functions. */
  given?: Readonly<Record<string, string>>;
  /** Keys that go back to the blueprint's own. */
  reset?: readonly string[];
  /** What was said before, other than what is installed says. */
  base?: { settings: Plain; functions: Record<string, FunctionOverride>; rules: OwnerRules };
  restored?: string;
  /** Names of its own, other than what is installed says. */
  domains?: readonly Domain[];
}

/** Throws what loading a blueprint throws, `name-taken`, `secret-typed`, `setting-wrong`, `expected-other`. */
export async function planOf(work: Work, cloud: string, wanted: Wanted): Promise<Plan> {
  const { source, given = {}, reset = [], restored } = wanted;
  const blueprint = await loadBlueprint(source.dir);
  const { manifest } = blueprint;
  // `up diary` means diary; `up notes --as diary` a copy, even when notes is installed.
  const name = wanted.name ?? source.app?.name ?? manifest.name;
  const before = readApp(work.paths, cloud, name);
  if (before && before.blueprint !== manifest.name) throw faults.nameTaken(name, before.blueprint);
  const base = wanted.base ?? {
    ...{ settings: before?.settings ?? {}, functions: before?.functions ?? {}, rules: before ? rulesOf(before) : {} },
  };
  const digest = await digestFiles(blueprint.files);
  // A copy is called by the digest it has to have.
  if (source.dir.startsWith(copyDir(work.paths, cloud, "")) && source.dir !== copyDir(work.paths, cloud, digest))
    throw faults.copyDiffers(basename(source.dir).replace("-", ":"));
  // What is brought back has been here before.
  if (restored === undefined) expected(work, digest);

  const known = [...Object.keys(manifest.settings), ...Object.keys(base.settings)];
  const kindOf = (key: string): "function" | "rule" | "setting" =>
    functionKey(key) ? "function" : ruleKey(key, manifest) ? "rule" : "setting";
  for (const key of reset) if (kindOf(key) === "setting" && !known.includes(key)) throw noSetting(name, key, known);
  const typed = (kind: string): Record<string, string> =>
    Object.fromEntries(Object.entries(given).filter(([key]) => kindOf(key) === kind));
  const left = Object.fromEntries(Object.entries(base.settings).filter(([key]) => !reset.includes(key)));
  const settings = settingsFrom(name, manifest, typed("setting"), left);
  const { kept, dropped } = stillThere(base.functions, manifest);
  const functions = withTyped(without(kept, reset.filter(functionKey)), typed("function"), manifest);
  const doors = rulesStillThere(base.rules, manifest);
  const rulesReset = reset.filter((key) => kindOf(key) === "rule");
  const rules = withRules(withoutRules(doors.kept, rulesReset, manifest), typed("rule"), manifest);
  return {
    source,
    blueprint,
    before,
    functions,
    rules,
    dropped: [
      ...Object.keys(left).filter((key) => !Object.hasOwn(manifest.settings, key)),
      ...dropped,
      ...doors.dropped,
    ],
    ...(restored === undefined ? {} : { restored }),
    app: {
      name,
      blueprint: overridden(blueprint, functions, rules),
      digest,
      settings,
      secrets: ofManifest(work.answers.secrets, manifest),
      budget: rules.requests ?? usualRequests,
      domains: wanted.domains ?? before?.domains ?? [],
      attach: (before?.kept ?? []).filter((one) => isOf(manifest, one)),
      functionsDir: functionsDir(),
      installed: wasUp(before),
    },
  };
}

/** Answers to what this version or another one needs: the one it goes back to may know no such secret. */
const ofManifest = (secrets: Readonly<Record<string, string>> = {}, { settings }: Blueprint["manifest"]) =>
  Object.fromEntries(Object.entries(secrets).filter(([key]) => Object.hasOwn(settings, key)));

function noSetting(app: string, key: string, known: readonly string[]) {
  const near = suggest(key, [...known]);
  return faults.settingWrong(key, `is no setting of ${app}${near ? `; did you mean ${near}?` : ""}`);
}

/** `--expect`: of one REF, and of what it has to be. */
function expected({ request }: Work, digest: string): void {
  if (request.expect !== undefined && request.expect !== digest) throw faults.digestDiffers(request.expect, digest);
}
