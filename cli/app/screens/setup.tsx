/**
 * A new cloud: where, called what; then `setup` runs, on this computer at once. In AWS it is asked again with each
 * answer until nothing is missing, so it can be left and begun again anywhere.
 */
import { useState } from "react";
import { List, useSelection } from "../kit/list.tsx";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import { useShell } from "../shell.ts";

type Target = "local" | "aws";

const targets: readonly { target: Target; words: string; more: string; name: string }[] = [
  {
    target: "local",
    words: "on this computer",
    more: "Free, private, ready in seconds. Needs no account and no network; apps run while this computer does.",
    name: "home",
  },
  {
    target: "aws",
    words: "in your own AWS account",
    more: "Always on. AWS bills you; what it would cost is shown before anything is made.",
    name: "aws",
  },
];

export function Setup() {
  const [target, setTarget] = useState<Target>();
  return target === undefined ? <Where onChosen={setTarget} /> : <Called target={target} />;
}

function Where({ onChosen }: { onChosen(target: Target): void }) {
  const selection = useSelection(targets.length);
  const chosen = targets[selection.at]!;
  return (
    <Screen
      title="a cloud of your own"
      status={{ words: chosen.more }}
      keys={[{ key: "enter", label: "here", does: "take this one", run: () => onChosen(chosen.target) }]}
    >
      {({ rows, columns }) => (
        <>
          <Say>{" Where is it to be?"}</Say>
          <List selection={selection} rows={rows - 1} columns={columns} row={(at) => targets[at]!.words} />
        </>
      )}
    </Screen>
  );
}

function Called({ target }: { target: Target }) {
  const shell = useShell();
  const usual = targets.find((one) => one.target === target)!.name;
  const field = useTextField(usual, { active: true });
  const name = field.text.trim();
  const go = (): void => {
    const flags = { target, name: name || usual };
    if (target === "aws") shell.replace("setup-aws", { flags });
    else shell.replace("progress", { line: { name: "setup", args: [], flags }, title: `set up ${flags.name}` });
  };
  return (
    <Screen
      title="a cloud of your own"
      typing
      keys={[{ key: "enter", label: "set up", does: "go on with this name", run: go }]}
    >
      {({ columns }) => (
        <>
          <Say wrap="wrap">{" Its name, which is a part of every address. It does not change any more."}</Say>
          <TextField prompt=" Name: " value={field.value} width={columns} active />
        </>
      )}
    </Screen>
  );
}
