/** An app's settings against what its manifest says of them: complete, of the right kind, and secrets apart. */
import type { Manifest } from "../../blueprints/manifest.ts";
import { meetsPattern, whyNot } from "../../blueprints/pattern.ts";
import type { Settings } from "../components/app-function.ts";
import { faults } from "./faults.ts";
import type { App } from "./types.ts";

/** Plain settings with defaults filled in. Faults: setting-missing (exit code 3), setting-wrong. Never names a value. */
export function resolveSettings(
  app: Pick<App, "name" | "settings" | "secrets">,
  manifest: Manifest,
  known: string[],
): Settings {
  const result: Record<string, string | number | boolean> = {};
  const missing: string[] = [];
  for (const given of [...Object.keys(app.settings), ...Object.keys(app.secrets)])
    if (!Object.hasOwn(manifest.settings, given)) throw faults.settingWrong(given, "is no setting of this app");
  for (const [name, { type, required, pattern, help, label, default: preset }] of Object.entries(manifest.settings)) {
    const secret = type === "secret";
    const value = secret ? app.secrets[name] : (app.settings[name] ?? preset);
    if (value === undefined) {
      if (required && !(secret && known.includes(name))) missing.push(name);
      continue;
    }
    if (!secret && name in app.secrets) throw faults.settingWrong(name, "is not secret");
    const fits = typeof value === (secret ? "string" : type);
    if (!fits) throw faults.settingWrong(name, `is a ${typeof value}, and has to be a ${type}`);
    if (pattern !== undefined && meetsPattern(pattern, String(value)) !== true)
      throw faults.settingWrong(name, whyNot({ pattern, help, label }));
    if (!secret) result[name] = value;
  }
  if (missing.length > 0) throw faults.settingMissing(app.name, missing);
  return result;
}
