/** Taking a name away: says what goes, and asks for the name. A view of `domain rm`. */
import { useState } from "react";
import { wrap } from "../../ui/width.ts";
import type { Status } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";

export function NameRemove({ site, host }: ScreenParams["name-remove"]) {
  const shell = useShell();
  const [status, say] = useState<Status>();
  const field = useTextField("", { active: true, onChange: () => say(undefined) });
  const remove = (): void => {
    const line = { name: "domain rm", args: [site, host], flags: { yes: true } };
    if (field.text.trim() !== host) say({ words: `Nothing is removed: that is not ${host}.`, tone: "warn" });
    else shell.replace("progress", { line, title: `remove ${host}` });
  };
  return (
    <Screen
      title={`remove ${host}`}
      typing
      status={status}
      keys={[{ key: "enter", label: "remove", does: "take it away, when it is typed", run: remove }]}
    >
      {({ columns }) => (
        <>
          {wrap(wordsOf(site, host), columns - 1).map((line) => (
            <Say key={line}>{` ${line}`}</Say>
          ))}
          <Say> </Say>
          <TextField prompt={" Type the name to remove it: "} value={field.value} width={columns} active />
        </>
      )}
    </Screen>
  );
}

const wordsOf = (site: string, host: string): string =>
  `${host} goes, with its certificate and the records that Freehold wrote. ${
    site === "signin"
      ? "Sign-in stays at its other addresses; passkeys that were made at this name are good for nothing there."
      : `${site} stays at its other addresses, with its data.`
  }`;
