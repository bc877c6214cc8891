/** Removing an app: says what goes and what stays, and asks for its name. A view of `destroy`. */
import { useState } from "react";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";

export function Remove({ app }: ScreenParams["remove"]) {
  const shell = useShell();
  const [wipe, setWipe] = useState(false);
  const field = useTextField("", { active: true });
  const remove = async (): Promise<void> => {
    if (field.text.trim() !== app) return;
    await shell.run(["destroy", app, "--data", wipe ? "delete" : "keep", "--yes"]);
    shell.back();
  };
  return (
    <Screen
      title={`remove ${app}`}
      typing
      keys={[
        { key: "enter", label: "remove", does: "remove it, when its name is typed", run: () => void remove() },
        {
          key: "tab",
          label: wipe ? "keep data" : "delete data, too",
          does: "what becomes of the data",
          run: () => setWipe(!wipe),
        },
      ]}
    >
      {({ columns }) => (
        <>
          <Say>{` ${app} goes: its functions, its address, its settings.`}</Say>
          <Say {...(wipe ? { tone: "bad" as const } : {})}>
            {wipe ? " Its data is deleted for ever." : " Its data is kept: up takes it back."}
          </Say>
          <Say>{` Type ${app} to remove it:`}</Say>
          <TextField value={field.value} width={columns - 1} active />
        </>
      )}
    </Screen>
  );
}
