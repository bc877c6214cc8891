/** The settings a person typed, as the manifest wants them: kinds converted, secret ones refused, missing ones named. */
import type { Manifest } from "../../blueprints/manifest.ts";
import { meetsPattern, whyNot } from "../../blueprints/pattern.ts";
import { suggest } from "../../blueprints/suggest.ts";
import type { Blueprint } from "../../stacks/deploy.ts";
import { faults } from "../errors.ts";

export type Plain = Record<string, string | number | boolean>;

/** Never names a value. Throws `secret-typed`, `setting-wrong`, `setting-missing`; secrets that are missing are not looked at. */
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
    settings[name] = convert(name, definition.type, text);
    checkPattern(name, definition, String(settings[name]));
  }
  const missing = Object.entries(known)
    .filter(([name, { required, default: preset, type }]) => {
      return required && preset === undefined && type !== "secret" && !(name in settings);
    })
    .map(([name]) => name);
  if (missing.length > 0) throw faults.settingMissing(app, missing);
  return settings;
}

/** As the deployment does, but before anything says that the app is being changed. Never names the value. */
export function checkPattern(name: string, { pattern, help, label }: Manifest["settings"][string], text: string): void {
  if (pattern !== undefined && meetsPattern(pattern, text) !== true)
    throw faults.settingWrong(name, whyNot({ pattern, help, label }));
}

function convert(name: string, type: string, text: string): string | number | boolean {
  if (type === "number") {
    const number = Number(text);
    if (text.trim() === "" || !Number.isFinite(number)) throw faults.settingWrong(name, "has to be a number");
    return number;
  }
  if (type === "boolean") {
    if (text !== "true" && text !== "false") throw faults.settingWrong(name, "has to be true or false");
    return text === "true";
  }
  return text;
}
