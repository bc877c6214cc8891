/** The settings an app cannot be without, asked one by one before it is installed. The command checks what was typed. */
import { useState } from "react";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";

export function Install({ ref, title, settings }: ScreenParams["install"]) {
  const shell = useShell();
  const [values, setValues] = useState<readonly string[]>([]);
  const field = useTextField("", { active: true });
  const setting = settings[values.length];
  const next = (): void => {
    if (!setting || field.text === "") return;
    const all = [...values, `${setting.name}=${field.text}`];
    field.set("");
    if (all.length < settings.length) setValues(all);
    else shell.replace("progress", { line: { name: "up", args: [ref], flags: { settings: all } }, title });
  };
  return (
    <Screen
      title={title}
      right={`setting ${Math.min(values.length + 1, settings.length)} of ${settings.length}`}
      typing
      keys={[{ key: "enter", label: "next", does: "keep it and go on", run: next }]}
    >
      {({ columns }) => (
        <>
          <Say wrap="wrap">{` ${setting?.label ?? setting?.name ?? ""}`}</Say>
          <Say tone="dim">{` ${setting?.name ?? ""}, ${setting?.type ?? ""}; it is needed`}</Say>
          <TextField prompt=" > " value={field.value} width={columns} active hidden={setting?.type === "secret"} />
        </>
      )}
    </Screen>
  );
}
