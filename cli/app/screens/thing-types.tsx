/** Which type a new thing is of: typed to narrow the list of all there are. A view of `add --types`. */
import { useEffect, useMemo, useState } from "react";
import { cut, fill } from "../../ui/width.ts";
import { List, useSelection } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import { Twin } from "../kit/twin.tsx";
import { type Answer, useShell } from "../shell.ts";

interface Type {
  type: string;
  help?: string;
}

export function ThingTypes() {
  const shell = useShell();
  const [types, setTypes] = useState<readonly Type[]>([]);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  useEffect(() => {
    const found: Type[] = [];
    const onLine = (record: Record<string, unknown>): void => void found.push(record as unknown as Type);
    void shell.call("add", [], { types: true }, { onLine }).then((now) => {
      setTypes(found);
      setAnswer(now);
    });
  }, [shell]);
  const field = useTextField("", { active: true });
  const found = useMemo(() => fitting(types, field.text), [types, field.text]);
  const selection = useSelection(found.length, { typing: true });
  const chosen = found[selection.at];
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  return (
    <Screen
      title="add a thing"
      right={types.length > 0 ? `${found.length} of ${types.length} types` : ""}
      typing
      waiting={!answer}
      keys={
        chosen
          ? [
              {
                key: "enter",
                label: "take it",
                does: "say what it is to be",
                run: () => shell.replace("thing-form", { type: chosen.type }),
              },
            ]
          : []
      }
      status={failed ?? (chosen?.help === undefined ? undefined : { words: chosen.help })}
    >
      {({ rows, columns }) => (
        <>
          <TextField prompt=" Type: " value={field.value} width={columns} active />
          {found.length > 0 ? (
            <List
              selection={selection}
              rows={Math.max(1, rows - 2)}
              columns={columns}
              row={(at, width) => typeLine(found[at]!, width)}
            />
          ) : (
            <Say>{answer ? " No type has that in it." : " looking"}</Say>
          )}
          <Twin words={["add"]} flags={["--types"]} columns={columns} />
        </>
      )}
    </Screen>
  );
}

/** Each word stands somewhere in its name or in what it is. */
function fitting(types: readonly Type[], text: string): readonly Type[] {
  const words = text.trim().toLowerCase().split(/\s+/);
  return types.filter(({ type, help = "" }) => words.every((word) => `${type} ${help}`.toLowerCase().includes(word)));
}

const typeLine = ({ type, help = "" }: Type, width: number): string =>
  width < 60 ? cut(type, width) : cut(`${fill(type, 34)}  ${help}`, width);
