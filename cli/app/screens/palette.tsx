/** The palette: any command line, with what it could be below. The command has the terminal; what it said stays. */
import { useState } from "react";
import { fill } from "../../ui/width.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";
import { words } from "../words.ts";

export function Palette({ line = "" }: ScreenParams["palette"]) {
  const shell = useShell();
  const [wrong, setWrong] = useState<string>();
  const field = useTextField(line, { active: true, onChange: () => setWrong(undefined) });
  const typed = field.text.trimStart().replace(/^freehold\s+/, "");
  const found = shell.commands.filter(({ name }) => name.startsWith(typed) || typed.startsWith(`${name} `));
  const go = async (): Promise<void> => {
    const argv = words(typed);
    if (typeof argv === "string") return setWrong(argv);
    if (argv.length === 0) return shell.back();
    const fault = shell.understand(argv);
    if (fault) return setWrong(`${fault.summary}. ${fault.detail ?? ""}`);
    await shell.run(argv);
    shell.back();
  };
  return (
    <Screen
      title="command"
      typing
      status={wrong === undefined ? undefined : { words: wrong, tone: "bad" }}
      keys={[
        { key: "enter", label: "run", does: "run it", run: () => void go() },
        {
          key: "tab",
          label: "complete",
          does: "take the first of those below",
          run: () => found[0] && field.set(`${found[0].name} `),
        },
      ]}
    >
      {({ columns, rows }) => (
        <>
          <TextField prompt=" : " value={field.value} width={columns} active />
          {found.slice(0, Math.max(0, rows - 1)).map(({ name, usage, summary }) => (
            <Say key={name} tone="dim">{`   ${fill(`${name} ${usage}`.trim(), 28)}  ${summary}`}</Say>
          ))}
        </>
      )}
    </Screen>
  );
}
