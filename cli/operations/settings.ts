/** The settings a person typed, as the manifest wants them: kinds converted, secret ones refused. */
import type { Manifest } from "../../blueprints/manifest.ts";
import { readSetting } from "../../blueprints/setting-value.ts";
import { suggest } from "../../blueprints/suggest.ts";
import type { Blueprint } from "../../stacks/deploy.ts";
import { faults } from "../errors.ts";

export type Plain = Record<string, string | number | boolean>;

/** Those that are missing are not looked at. Never names a value. Throws `secret-typed`, `setting-wrong`. */
export function settingsFrom(
  app: string,
  { settings: known }: Blueprint["manifest"],
  given: Readonly<Record<string, string>>,
  before: Readonly<Plain>,
): Plain {
  // What an earlier version of the blueprint had and this one has not is dropped.
  const settings: Plain = Object.fromEntries(
    Object.entries(before).filter(([name]) => Object.hasOwn(known, name) && known[name]!.type !== "secret"),
  );
  for (const [name, text] of Object.entries(given)) {
    const definition = Object.hasOwn(known, name) ? known[name] : undefined;
    const near = suggest(name, Object.keys(known));
    if (!definition) throw faults.settingWrong(name, `is no setting of ${app}${near ? `; did you mean ${near}?` : ""}`);
    if (definition.type === "secret") throw faults.secretTyped(app, name);
    settings[name] = typedValue(name, definition, text);
  }
  return settings;
}

/** Of one that was typed. Throws `setting-wrong`; never names the value. */
export function typedValue(name: string, definition: Manifest["settings"][string], text: string): Plain[string] {
  const read = readSetting(definition, text);
  if ("why" in read) throw faults.settingWrong(name, read.why);
  return read.value;
}
