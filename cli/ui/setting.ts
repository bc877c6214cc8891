/** Settings that somebody is to give, in words: the same before a question, in a form and in plain lines. */
import type { CardSetting } from "../../blueprints/card.ts";
import { patternWords } from "../../blueprints/pattern.ts";
import type { SettingsNeededEvent } from "../../stacks/events.ts";
import { safeText } from "../safe-text.ts";

/** What a value has to be, to stand behind these words; the pattern itself only where nobody says it better. */
export function ruleWords({ pattern, help }: Pick<CardSetting, "pattern" | "help">): string | undefined {
  if (pattern === undefined) return undefined;
  return patternWords(pattern) ?? (help === undefined ? `what ${pattern} says` : undefined);
}

/** A setting's title, on one line. */
export const settingTitle = ({ name, label }: CardSetting): string => safeText(label ?? name);

export function settingsNeededLines({ app, settings }: SettingsNeededEvent): string[] {
  return [`${safeText(app)} needs:`, ...settings.map((setting) => `  ${aboutSetting(setting)}`)];
}

function aboutSetting(setting: CardSetting): string {
  const { name, label, type, help } = setting;
  const rule = ruleWords(setting);
  const parts = [label, type === "string" ? undefined : type, help, rule && `has to be ${rule}`];
  const said = parts.filter((part) => part !== undefined).map((part) => safeText(part));
  return said.length > 0 ? `${safeText(name)}: ${said.join(" · ")}` : safeText(name);
}
