/** `settings` in plain text. */
import type { SettingsDocument } from "../commands/settings.ts";
import { safeText } from "../safe-text.ts";

export function plain({ app, settings }: SettingsDocument): string {
  const entries = Object.entries(settings);
  if (entries.length === 0) return `${app} has no settings of its own; the blueprint's defaults are used.`;
  return entries.map(([name, value]) => `${name}=${safeText(String(value))}`).join("\n");
}
