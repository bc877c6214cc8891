/** An app's settings as a form. A view of `settings`, `secret ls` and `secret set`; the commands say what fits. */
import { useCallback, useEffect, useState } from "react";
import type { SecretDocument } from "../../commands/secret-set.ts";
import type { SettingsDocument } from "../../commands/settings.ts";
import { editingKeys, Form, useForm } from "../kit/form.tsx";
import { faultWords, useOperation } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { type Answer, useShell } from "../shell.ts";
import type { SectionProps } from "./actions.ts";

export function AppSettings({ app, keys }: SectionProps) {
  const { answer, secrets, reload } = useSettings(app);
  const operation = useOperation();
  const fields = (answer?.document?.fields ?? []).map((field) =>
    field.type === "secret" && secrets ? { ...field, set: secrets.includes(field.key) } : field,
  );
  const form = useForm(fields, {
    onSecret: (key, value) => void operation.go("secret set", [app, key], {}, value).then(reload),
  });
  const changes = Object.entries(form.draft);
  const save = async (): Promise<void> => {
    const done = await operation.go("settings", [app, ...changes.map(([key, value]) => `${key}=${value}`)]);
    if (done?.exitCode !== 0) return;
    form.clear();
    await reload();
  };
  const own: ScreenKey[] = [
    ...form.keys,
    ...(changes.length > 0 && !operation.busy
      ? [
          { key: "w", also: ["ctrl-s"], label: "save", does: "carry the changes out", run: () => void save() },
          { key: "z", label: "forget changes", does: "leave everything as it is", run: form.clear },
        ]
      : []),
    ...(operation.busy
      ? [{ key: "ctrl-c", label: "stop", does: "finish what is in flight, and stop", run: operation.interrupt }]
      : []),
  ];
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  return (
    <Screen
      title={`${app} · settings`}
      waiting={!answer}
      typing={form.editing}
      keys={form.editing ? editingKeys : [...own, ...keys]}
      status={failed ?? operation.status}
    >
      {({ rows, columns }) =>
        fields.length > 0 ? (
          <Form form={form} rows={rows} columns={columns} />
        ) : (
          <Say tone="dim">{answer ? " There is nothing to set." : " looking"}</Say>
        )
      }
    </Screen>
  );
}

function useSettings(app: string) {
  const shell = useShell();
  const [answer, setAnswer] = useState<Answer<SettingsDocument>>();
  const [secrets, setSecrets] = useState<readonly string[]>();
  const reload = useCallback(async () => {
    const now = await shell.call<SettingsDocument>("settings", [app]);
    setAnswer(now);
    if (!now.document?.fields.some(({ type }) => type === "secret")) return;
    setSecrets((await shell.call<SecretDocument>("secret ls", [app])).document?.secrets);
  }, [shell, app]);
  useEffect(() => void reload(), [reload]);
  return { answer, secrets, reload };
}
