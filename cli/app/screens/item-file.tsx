/**
 * A file of a bucket: the beginning of a text, JSON laid out, or what else it is; saved here, or read by others for a while.
 * A view of `data get`. A picture is shown by the command itself, above, where the terminal is known to show one.
 */
import { useEffect, useMemo, useState } from "react";
import type { FileDocument } from "../../commands/data-get.ts";
import type { FlagValues } from "../../flag-values.ts";
import { useActive } from "../../ui/keys.ts";
import { sizeWords } from "../../ui/size.ts";
import { moment } from "../../ui/time.ts";
import { wrap } from "../../ui/width.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import { Twin, typedFile } from "../kit/twin.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, useShell } from "../shell.ts";
import { type DataActions, leave, useDataActions } from "./data-actions.ts";

export function FileScreen({ store, id: key, shown }: ScreenParams["item"]) {
  const shell = useShell();
  const { answer, again } = useFile(store, key);
  const file = answer?.document;
  const actions = useDataActions({ store, changed: again, removed: (words) => leave(shell, words) });
  const asking = useAsking({ store, key, shown, actions });
  const isText = file?.preview !== undefined;
  const keys: ScreenKey[] = [
    ...(file?.picture?.here
      ? [{ key: "p", label: "picture", does: "show it, above", run: () => void shell.run(["data", "get", store, key]) }]
      : []),
    ...(file
      ? [
          { key: "w", label: "save", does: "save it as a file of this computer", run: () => asking.begin("save") },
          {
            key: "s",
            label: "share",
            does: "an address at which anybody reads it for a while",
            run: () => asking.begin("share"),
          },
        ]
      : []),
    ...actions.keys(file ? { key, shown } : undefined).filter((one) => one.key !== "e" || isText),
    { key: "r", does: "look again", run: again },
  ];
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  return (
    <Screen
      title={`${store} · ${shown}`}
      {...(file ? { right: [sizeWords(file.size), ...(file.type ? [file.type] : [])].join(" · ") } : {})}
      waiting={!answer}
      typing={asking.what !== undefined}
      keys={asking.keys ?? keys}
      status={actions.status ?? failed}
    >
      {({ rows, columns }) => (
        <>
          {asking.what ? (
            <TextField prompt={` ${prompts[asking.what]}: `} value={asking.value} width={columns} active />
          ) : null}
          {file ? (
            <Preview file={file} rows={Math.max(1, rows - 1 - (asking.what ? 1 : 0))} columns={columns} />
          ) : (
            <Say tone="dim">{answer ? " " : " looking"}</Say>
          )}
          <Twin words={["data", "get", store, typedFile(key)]} columns={columns} />
        </>
      )}
    </Screen>
  );
}

function useFile(store: string, key: string) {
  const shell = useShell();
  const active = useActive();
  const [turn, setTurn] = useState(0);
  const [answer, setAnswer] = useState<Answer<FileDocument>>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn more is a look more
  useEffect(() => {
    if (!active) return undefined;
    let left = false;
    void shell.call<FileDocument>("data get", [store, key]).then((now) => left || setAnswer(now));
    return () => {
      left = true;
    };
  }, [shell, store, key, active, turn]);
  return { answer, again: () => setTurn((before) => before + 1) };
}

type Asked = "save" | "share";
const prompts: Record<Asked, string> = { save: "Save it as", share: "For how long, as 1h, at most 7d" };

interface AskingOf {
  store: string;
  key: string;
  shown: string;
  actions: DataActions;
}

/** A name or a time is typed; what the command says of it stands below. */
function useAsking({ store, key, shown, actions: { say, forget } }: AskingOf) {
  const shell = useShell();
  const [what, setWhat] = useState<Asked>();
  const [over, setOver] = useState(false);
  const field = useTextField("", {
    active: what !== undefined,
    onChange: () => {
      setOver(false);
      say(undefined);
    },
  });
  const end = (): void => {
    setWhat(undefined);
    setOver(false);
  };
  const begin = (of: Asked): void => {
    forget();
    say(undefined);
    field.set(of === "share" ? "1h" : lastPart(shown));
    setWhat(of);
  };
  const go = async (): Promise<void> => {
    const text = field.text.trim();
    if (text === "" || what === undefined) return;
    const flags: FlagValues = what === "share" ? { share: text } : { output: text, ...(over ? { yes: true } : {}) };
    say({ words: what === "share" ? "signing" : "saving" });
    const { fault, document } = await shell.call<FileDocument>("data get", [store, key], flags);
    if (fault?.code === "answer-needed") {
      setOver(true);
      return say({ words: `${fault.detail} enter does it, esc leaves it.`, tone: "warn" });
    }
    if (fault) return say({ words: faultWords(fault), tone: "bad" });
    end();
    if (!document?.url) return say({ words: `Saved: ${document?.file}`, tone: "good" });
    // Too long for a row: above it can be taken whole.
    shell.print(document.url);
    say({ words: `Whoever has the address above reads it until ${moment(document.expires ?? "")}.`, tone: "warn" });
  };
  const keys: ScreenKey[] | undefined = what && [
    { key: "enter", label: what, does: "do it", run: () => void go() },
    {
      key: "esc",
      label: "leave it",
      does: "back to the file",
      run: () => {
        end();
        say(undefined);
      },
    },
  ];
  return { what, value: field.value, keys, begin };
}

/** What a file of this name is called here: no folder of it is made. */
const lastPart = (name: string): string => name.split("/").at(-1) || "file";

function Preview({ file, rows, columns }: { file: FileDocument; rows: number; columns: number }) {
  const lines = useMemo(() => previewLines(file, columns - 1), [file, columns]);
  return <Lines lines={lines} rows={rows} />;
}

function previewLines({ preview, picture, size, type }: FileDocument, columns: number): string[] {
  const said = (text: string): string[] => wrap(text, columns - 1).map((line) => ` ${line}`);
  if (preview) {
    const lines = preview.contents.split("\n").flatMap(said);
    return preview.whole
      ? lines
      : [...lines, "", ...said(`This is its beginning; it is ${sizeWords(size)} in all. w saves it.`)];
  }
  if (picture?.here) return said("A picture. p shows it above, in this terminal.");
  if (picture)
    return said(
      "A picture. This terminal is not known to show any (kitty, Ghostty, iTerm2 and WezTerm are); w saves it as a file, s gives an address for a browser.",
    );
  return said(`${sizeWords(size)} of ${type ?? "bytes"}, and no text. w saves it as a file.`);
}
