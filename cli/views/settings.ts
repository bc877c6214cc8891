/** `settings` in plain text: what can be set, what it is now, and what it would be by itself. */
import type { SettingsDocument } from "../commands/settings.ts";
import { safeText } from "../safe-text.ts";
import type { SettingField } from "../setting-fields.ts";
import type { Paint } from "../ui/paint.ts";
import { dollars } from "../ui/reach.ts";
import { columns } from "../ui/table.ts";

export function plain({ app, fields }: SettingsDocument, paint: Paint): string {
  if (fields.length === 0) return `${app} has nothing that can be set, or its files are not here.`;
  const rows = fields.map((field) => [`  ${safeText(field.key)}`, valueWords(field), remark(field)]);
  return `${paint.bold(app)}\n\n${columns(rows)}\n\n  ${paint.command(`freehold settings ${app} KEY=VALUE`)}`;
}

function valueWords({ kind, set, value }: SettingField): string {
  if (kind === "secret") return set === undefined ? "secret" : set ? "secret, set" : "secret, not set";
  return value === undefined ? "not set" : safeText(String(value));
}

function remark({ set, default: preset, required, cost, rule, help }: SettingField): string {
  const parts = [
    ...(required ? ["needed"] : []),
    ...(set && preset !== undefined ? [`${safeText(String(preset))} by itself`] : []),
    ...(cost ? [`${dollars(cost.perThousandRequests)} per 1,000 requests`] : []),
    ...(rule === undefined ? [] : [safeText(rule)]),
    ...(help === undefined ? [] : [safeText(help)]),
  ];
  return parts.join("; ");
}
