/** Removing an app: says what goes and how much of it, and asks for the app's name. A view of `show --data` and `destroy`. */
import { useEffect, useState } from "react";
import type { ShowDocument } from "../../commands/show.ts";
import { measuredWords } from "../../ui/data.ts";
import { wrap } from "../../ui/width.ts";
import { faultWords, type Status } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, useShell } from "../shell.ts";

export function Remove({ app }: ScreenParams["remove"]) {
  const shell = useShell();
  const [shown, setShown] = useState<Answer<ShowDocument>>();
  const [wipe, setWipe] = useState(false);
  const [status, say] = useState<Status>();
  const field = useTextField("", { active: true, onChange: () => say(undefined) });
  useEffect(() => void shell.call<ShowDocument>("show", [app], { data: true }).then(setShown), [shell, app]);
  const measured = shown?.document?.measured;
  const remove = (): void => {
    // What was never said may not go: nobody knows what it is.
    const uncounted = wipe && !measured;
    if (field.text.trim() !== app) say({ words: `Nothing is removed: that is not ${app}.`, tone: "warn" });
    else if (uncounted) say({ words: "Its data could not be counted, so it is not deleted from here.", tone: "bad" });
    else destroy();
  };
  const destroy = (): void => {
    const flags = { data: wipe ? "delete" : "keep", yes: true };
    shell.replace("progress", { line: { name: "destroy", args: [app], flags }, title: `remove ${app}` });
  };
  const failed: Status | undefined = shown?.fault && { words: faultWords(shown.fault), tone: "bad" };
  return (
    <Screen
      title={`remove ${app}`}
      typing
      status={status ?? failed}
      keys={[
        {
          key: "enter",
          label: wipe ? "remove with its data" : "remove, keep data",
          does: "remove it, when its name is typed",
          run: remove,
        },
        {
          key: "tab",
          label: wipe ? "keep the data" : "delete the data, too",
          does: "what becomes of its data",
          run: () => setWipe(!wipe),
        },
      ]}
    >
      {({ columns }) => (
        <>
          {wrap(wordsOf(app, wipe, shown), columns - 1).map((line) => (
            <Say key={line} {...(wipe ? { tone: "bad" as const } : {})}>{` ${line}`}</Say>
          ))}
          {(measured ?? []).map((one) => (
            <Say key={one.id}>{`   ${measuredWords(one)}`}</Say>
          ))}
          <Say> </Say>
          <TextField prompt={` Type ${app} to remove it: `} value={field.value} width={columns} active />
        </>
      )}
    </Screen>
  );
}

function wordsOf(app: string, wipe: boolean, shown: Answer<ShowDocument> | undefined): string {
  const names = shown?.document?.domains?.map(({ host }) => host) ?? [];
  const named = names.length === 0 ? "" : ` and ${names.length === 1 ? "name" : "names"} (${names.join(", ")})`;
  const going = `${app} goes: its functions, its address${named}, its settings.`;
  const counted = !shown ? " (counting)" : shown.document?.measured?.length === 0 ? " It has none." : "";
  return wipe
    ? `${going} Its data is deleted for ever:${counted}`
    : `${going} Its data is kept, and up ${app} takes it back:${counted}`;
}
