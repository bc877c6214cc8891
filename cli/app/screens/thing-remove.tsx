/**
 * Removing a thing: says what goes and how much data, and wants its name typed. What was there before Freehold is let go of;
 * it is deleted only when its id is typed, too. A view of `show things/NAME --data` and `destroy`.
 */
import { useEffect, useState } from "react";
import type { ThingDocument } from "../../commands/show-thing.ts";
import { measuredWords } from "../../ui/data.ts";
import { kindWords } from "../../ui/steps.ts";
import { wrap } from "../../ui/width.ts";
import { faultWords, type Status } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, useShell } from "../shell.ts";

export function ThingRemove({ name }: ScreenParams["thing-remove"]) {
  const shell = useShell();
  const thing = `things/${name}`;
  const [shown, setShown] = useState<Answer<ThingDocument>>();
  const [wipe, setWipe] = useState(false);
  const [named, setNamed] = useState(false);
  const [status, say] = useState<Status>();
  const field = useTextField("", { active: true, onChange: () => say(undefined) });
  useEffect(() => void shell.call<ThingDocument>("show", [thing], { data: true }).then(setShown), [shell, thing]);
  const document = shown?.document;
  const adopted = document?.adopted;
  const remove = (): void => {
    const typed = field.text.trim();
    const wanted = named ? adopted : name;
    if (document && typed !== wanted)
      say({ words: `Nothing is removed: that is not ${named ? "its id" : name}.`, tone: "warn" });
    else if (document && !named && wipe && adopted !== undefined) {
      setNamed(true);
      field.set("");
    } else if (document) destroy();
  };
  const destroy = (): void => {
    const flags = {
      ...{ data: wipe ? "delete" : "keep", yes: true },
      ...(wipe && adopted !== undefined ? { adopted: [adopted] } : {}),
    };
    shell.replace("progress", { line: { name: "destroy", args: [thing], flags }, title: `remove ${thing}` });
  };
  const turn = (): void => {
    setWipe(!wipe);
    setNamed(false);
    field.set("");
  };
  // Of what has no data and is Freehold's own there is nothing to choose.
  const choice = adopted !== undefined || (document?.measured ?? []).length > 0;
  const failed: Status | undefined = shown?.fault && { words: faultWords(shown.fault), tone: "bad" };
  return (
    <Screen
      title={`remove ${thing}`}
      typing
      status={status ?? failed}
      keys={[
        {
          key: "enter",
          label: wipe ? "delete it" : adopted ? "let go of it" : "remove",
          does: "do it, when its name is typed",
          run: remove,
        },
        ...(choice
          ? [
              {
                key: "tab",
                label: wipe ? "keep it" : "delete it, too",
                does: "what becomes of what is in it",
                run: turn,
              },
            ]
          : []),
      ]}
    >
      {({ columns }) => (
        <>
          {wrap(document ? wordsOf(document, wipe) : "looking", columns - 1).map((line) => (
            <Say key={line} {...(wipe ? { tone: "bad" as const } : {})}>{` ${line}`}</Say>
          ))}
          {(document?.measured ?? []).map((one) => (
            <Say key={one.id}>{`   ${measuredWords(one)}`}</Say>
          ))}
          <Say> </Say>
          <TextField
            prompt={named ? ` Type its id, ${adopted}: ` : ` Type ${name}: `}
            value={field.value}
            width={columns}
            active
          />
        </>
      )}
    </Screen>
  );
}

function wordsOf({ thing, kind, adopted, measured = [] }: ThingDocument, wipe: boolean): string {
  const what = `${thing}, ${kindWords(kind)},`;
  if (adopted !== undefined)
    return wipe
      ? `${what} was there before Freehold, as ${adopted}. It is deleted for ever, with what is in it.`
      : `${what} was there before Freehold, as ${adopted}. Freehold lets go of it, and it stays as it is.`;
  if (measured.length === 0) return `${what} goes.`;
  return wipe
    ? `${what} goes, and its data is deleted for ever:`
    : `${what} goes. Its data is kept, and adding the same again takes it back:`;
}
