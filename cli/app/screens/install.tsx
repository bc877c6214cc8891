/**
 * What an app is given before it is installed, or goes on: its name, the settings it cannot be without, one after the
 * other, and the others with what they are by themselves. Also what an operation says it needs. A value that does not fit
 * is told and asked again; the command looks at all of them once more.
 */
import { useMemo, useState } from "react";
import { appNameProblem } from "../../../blueprints/app-name.ts";
import type { CardSetting } from "../../../blueprints/card.ts";
import { readSetting } from "../../../blueprints/setting-value.ts";
import type { FlagValues } from "../../flag-values.ts";
import { ruleWords } from "../../ui/setting.ts";
import { editingKeys, Form, type FormField, isMissing, useForm } from "../kit/form.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";

/** No setting is called so. */
const nameKey = "--as";

export function Install({ line, title, settings, app, naming = false }: ScreenParams["install"]) {
  const shell = useShell();
  const [tried, setTried] = useState(false);
  const fields = useMemo(() => fieldsOf(settings, app), [settings, app]);
  const form = useForm(fields, {
    check: (field, text) => problemOf(settings, field, text),
    guided: true,
    first: naming,
  });
  const missing = fields.filter((field) => isMissing(field, form.draft));
  const install = (): void => {
    setTried(true);
    const [first] = missing;
    if (first) form.selection.select(fields.indexOf(first));
    else shell.replace("progress", { line: { ...line, ...given(line.flags, settings, form.draft) }, title });
  };
  const keys: ScreenKey[] = [
    ...form.keys,
    { key: "i", also: ["ctrl-s"], label: app ? "install" : "go on", does: "go on with what is set here", run: install },
  ];
  const words = form.problem ?? (tried && missing.length > 0 ? `Needed: ${namesOf(missing)}.` : undefined);
  return (
    <Screen
      title={title}
      right={missing.length > 0 ? `${missing.length} needed` : "nothing more is needed"}
      typing={form.editing}
      keys={form.editing ? editingKeys : keys}
      status={words === undefined ? undefined : { words, tone: "bad" }}
    >
      {({ rows, columns }) => <Form form={form} rows={rows} columns={columns} />}
    </Screen>
  );
}

const namesOf = (fields: readonly FormField[]): string => fields.map(({ label }) => label).join(", ");

/** Without a name in front when it has one already; then what is needed. */
function fieldsOf(settings: readonly CardSetting[], app: string | undefined): FormField[] {
  const all = settings.map((setting): FormField => {
    const { name, label, help, type, required, default: preset } = setting;
    const rule = ruleWords(setting);
    return {
      key: name,
      label: label ?? name,
      type,
      required: required && preset === undefined,
      ...(type === "secret" ? { set: false } : {}),
      ...(help === undefined ? {} : { help }),
      ...(preset === undefined ? {} : { value: preset }),
      ...(rule === undefined ? {} : { rule }),
    };
  });
  const help = "what it is called here; a second copy has a second name";
  const name: FormField = { key: nameKey, label: "Name", type: "string", required: true, help, value: app ?? "" };
  return [
    ...(app === undefined ? [] : [name]),
    ...all.filter((one) => one.required),
    ...all.filter((one) => !one.required),
  ];
}

function problemOf(settings: readonly CardSetting[], { key }: FormField, text: string): string | undefined {
  if (key === nameKey) {
    const problem = appNameProblem(text);
    return problem && `cannot be this: ${problem}`;
  }
  const setting = settings.find(({ name }) => name === key);
  const read = setting && readSetting(setting, text);
  return read && "why" in read ? read.why : undefined;
}

/** As the command takes them: secrets apart, the name as its flag. */
function given(flags: FlagValues = {}, settings: readonly CardSetting[], draft: Readonly<Record<string, string>>) {
  const { [nameKey]: as, ...typed } = draft;
  const isSecret = (key: string): boolean => settings.some(({ name, type }) => name === key && type === "secret");
  const entries = Object.entries(typed);
  const plain = entries.filter(([key]) => !isSecret(key)).map(([key, value]) => `${key}=${value}`);
  const before = Array.isArray(flags["settings"]) ? flags["settings"] : [];
  return {
    flags: {
      ...flags,
      ...(as === undefined ? {} : { as }),
      ...(before.length + plain.length > 0 ? { settings: [...before, ...plain] } : {}),
    },
    secrets: Object.fromEntries(entries.filter(([key]) => isSecret(key))),
  };
}
