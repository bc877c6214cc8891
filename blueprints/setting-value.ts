/** A setting's value as somebody typed it, against what the manifest says of it. Knows no app, and never repeats a value. */
import type { CardSetting } from "./card.ts";
import { meetsPattern, whyNot } from "./pattern.ts";

export type SettingRules = Pick<CardSetting, "type" | "label" | "help" | "pattern">;

/** Of its kind and within its pattern; else why not, to stand behind the setting's name. */
export function readSetting(
  { type, pattern, label, help }: SettingRules,
  text: string,
): { value: string | number | boolean } | { why: string } {
  const read = kinds[type](text);
  if (typeof read !== "object" && pattern !== undefined && meetsPattern(pattern, String(read)) !== true)
    return { why: whyNot({ pattern, ...(help ? { help } : {}), ...(label ? { label } : {}) }) };
  return typeof read === "object" ? read : { value: read };
}

const kinds: Record<SettingRules["type"], (text: string) => string | number | boolean | { why: string }> = {
  string: (text) => text,
  secret: (text) => text,
  number: (text) =>
    text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : { why: "has to be a number" },
  boolean: (text) => (text === "true" || text === "false" ? text === "true" : { why: "has to be true or false" }),
};
