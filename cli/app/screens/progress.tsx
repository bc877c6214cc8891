/**
 * An operation under way: its tree, what it waits for, how long it usually takes. What is over goes to the scrollback. A
 * view of the operation's events, as the command's own live view is; when somebody has to accept something first, or to
 * give a setting, the screen that asks takes its place.
 */
import { Box } from "ink";
import { useEffect, useMemo, useRef, useState } from "react";
import type {
  ConsentEvent,
  NoteEvent,
  OperationEvent,
  ResultEvent,
  SettingsNeededEvent,
} from "../../../stacks/events.ts";
import { createPaint } from "../../ui/paint.ts";
import { wrap } from "../../ui/width.ts";
import { apply, emptyModel, type Model } from "../../views/operation-model.ts";
import { noteLine, resultLines } from "../../views/operation-plain.ts";
import { CurrentStack, history } from "../../views/operation-tree.tsx";
import { Lines } from "../kit/list.tsx";
import { faultWords, type Status } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import type { CommandLine, ScreenParams } from "../params.ts";
import { type Answer, type Running, type Shell, useShell } from "../shell.ts";
import { watchKey } from "./actions.ts";

export function Progress({ line, title }: ScreenParams["progress"]) {
  const shell = useShell();
  const { model, now, answer, interrupt } = useRunning(shell, line);
  const cloud = model.start?.cloud;
  const expected = useMemo(() => (cloud === undefined ? () => undefined : shell.expected(cloud)), [shell, cloud]);
  const current = model.stacks.find(({ summary }) => !summary);
  const result = answer?.events.findLast((event) => event.type === "result");
  // 6: a token was refused, and another one may be given.
  const question = answer && [3, 6].includes(answer.exitCode) ? questionOf(answer.events) : undefined;
  useEffect(() => {
    if (question?.type === "consent") shell.replace("consent", { event: question, line, title });
    else if (question) shell.replace("install", { line, title, settings: question.settings });
  }, [shell, question, line, title]);
  const asks = answer?.exitCode === 3 ? inTheWay(answer.events) : undefined;
  const yes = (flag: string): void =>
    shell.replace("progress", { line: { ...line, flags: { ...line.flags, [flag]: true } }, title });
  const held = holderIn(answer);
  const endings = asks
    ? [yesKey(() => yes(asks.flag))]
    : held
      ? [watchKey(shell.replace, "enter", held)]
      : endKeys(shell, result);
  const keys = answer ? endings : runningKeys(shell, model, interrupt);
  return (
    <Screen title={title} keys={keys} status={asks ? asked : answer && !question ? endOf(answer) : undefined}>
      {({ rows, columns }) => {
        if (asks) return <Wrapped text={asks.says} rows={rows} columns={columns} />;
        if (answer)
          return (
            <Box paddingLeft={1}>
              <Say wrap="wrap">
                {result ? resultLines(result, createPaint(shell.color, shell.cloud)).join("\n") : " "}
              </Say>
            </Box>
          );
        if (!current) return <Between model={model} rows={rows} columns={columns} />;
        return (
          <CurrentStack
            stack={current}
            now={now}
            verbose={false}
            color={shell.color}
            max={rows}
            width={columns}
            expected={expected}
          />
        );
      }}
    </Screen>
  );
}

/** Nothing is under way: what was said last, as a record that somebody has to write and that is waited for. */
function Between({ model, rows, columns }: { model: Model; rows: number; columns: number }) {
  const said = model.over.slice(model.over.findLastIndex((one) => !("type" in one) || one.type !== "note") + 1);
  const text = said.map((one) => noteLine(one as NoteEvent)).join("\n");
  if (text !== "") return <Wrapped {...{ text, rows, columns }} />;
  return <Say tone="dim">{model.start ? " getting ready" : " beginning"}</Say>;
}

function Wrapped({ text, rows, columns }: { text: string; rows: number; columns: number }) {
  const lines = text.split("\n").flatMap((line) => wrap(line, columns - 2));
  return <Lines lines={lines.map((line) => ` ${line}`)} rows={rows} />;
}

/** What may go when somebody says so: by the fault that shows it, the flag that is the yes. */
const yesFlags: Readonly<Record<string, string>> = { "domain-records-there": "replace-record" };

function inTheWay(events: readonly OperationEvent[]): { flag: string; says: string } | undefined {
  const fault = events.findLast((event) => event.type === "error");
  const flag = fault && yesFlags[fault.code];
  return flag ? { flag, says: `${fault.summary}. ${fault.detail}` } : undefined;
}

/** The operation of this computer that has what was wanted. */
function holderIn(answer: Answer<unknown> | undefined): string | undefined {
  const fault = answer?.events.findLast((event) => event.type === "error");
  return fault?.code === "locked" ? /^freehold attach (\S+)$/.exec(fault.next ?? "")?.[1] : undefined;
}

const asked: Status = { words: "y lets it go, esc goes back.", tone: "warn" };
const yesKey = (run: () => void): ScreenKey => ({
  key: "y",
  label: "yes",
  does: "let go what is in the way, when what takes its place is ready",
  run,
});

/** What it ended for want of: a yes, or settings. */
function questionOf(events: readonly OperationEvent[]): ConsentEvent | SettingsNeededEvent | undefined {
  for (const event of [...events].reverse())
    if (event.type === "settings-needed" || (event.type === "consent" && event.needed)) return event;
  return undefined;
}

/** Starts it once, however often the screen is drawn. */
function useRunning(shell: Shell, line: CommandLine) {
  const model = useMemo(emptyModel, []);
  const running = useRef<Running<unknown>>(undefined);
  const printing = useRef<Printed>(undefined);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  const [{ now }, setClock] = useState(() => ({ now: Date.now() }));
  useEffect(() => {
    if (running.current) return;
    const printed = new Printed(shell, model);
    printing.current = printed;
    running.current = shell.start(line.name, line.args, line.flags, {
      onEvent: (event) => {
        apply(model, event);
        printed.more(event);
      },
      ...(line.secrets ? { secrets: line.secrets } : {}),
    });
    void running.current.ended.then((ended) => {
      printed.end(ended);
      setAnswer(ended);
    });
  }, [shell, line, model]);
  useEffect(() => () => printing.current?.leave(), []);
  useEffect(() => {
    if (answer) return undefined;
    const timer = setInterval(() => setClock({ now: Date.now() }), 100);
    return () => clearInterval(timer);
  }, [answer]);
  return { model, now, answer, interrupt: () => running.current?.interrupt() };
}

/** What is over, put above the screen; nothing of a run that ends with a question. */
class Printed {
  readonly #shell: Shell;
  readonly #model: Model;
  #count = 0;
  #begun = false;
  #left = false;

  constructor(shell: Shell, model: Model) {
    this.#shell = shell;
    this.#model = model;
  }

  /** Nobody watches here any more: whoever comes back to it is told everything, once. */
  leave(): void {
    this.#left = true;
  }

  more(event: OperationEvent): void {
    this.#begun ||= event.type === "stack" && !event.preview;
    if (this.#left || !this.#begun || !["summary", "note", "address", "stack"].includes(event.type)) return;
    const lines = history(this.#model, { verbose: false, paint: createPaint(this.#shell.color) });
    const fresh = lines.slice(this.#count);
    this.#count = lines.length;
    if (fresh.length > 0) this.#shell.print(fresh.join("\n"));
  }

  end(answer: Answer<unknown>): void {
    const result = answer.events.findLast((event) => event.type === "result");
    if (!result || !this.#begun || this.#left) return;
    const lines = resultLines(result, createPaint(this.#shell.color, this.#shell.cloud));
    if (lines.length > 0) this.#shell.print(lines.join("\n"));
  }
}

function runningKeys(shell: Shell, { start }: Model, interrupt: () => void): ScreenKey[] {
  const leave = (then: () => void) => () => {
    if (start) shell.print(`Left running. To come back: freehold attach ${start.id}`);
    then();
  };
  return [
    { key: "d", also: ["esc"], label: "leave it running", does: "go back; it goes on", run: leave(() => shell.back()) },
    { key: "ctrl-c", label: "stop", does: "finish what is in flight, and stop; twice: at once", run: interrupt },
    { key: "q", label: "quit", does: "leave Freehold; it goes on", run: leave(() => shell.quit()) },
  ];
}

/** Where one goes from here: to the app, to what one removed it from, or from a new cloud to its first app. */
function endKeys(shell: Shell, result: ResultEvent | undefined): ScreenKey[] {
  if (result?.ok && result.operation === "setup") {
    const line = { name: "up", args: ["notes"], flags: { cloud: result.cloud } };
    const first = (): void => shell.replace("progress", { line, title: "install notes" });
    return [
      { key: "enter", label: "install notes", does: "a first app: notes, which comes with Freehold", run: first },
      { key: "b", label: "browse", does: "look for another app", run: () => shell.replace("browse", {}) },
      { key: "h", label: "home", does: "go on without an app", run: () => shell.back() },
    ];
  }
  const [app] = result?.ok ? result.apps : [];
  if (app?.name.startsWith("things/")) {
    const things = (): void => shell.replace("things", {});
    return [{ key: "enter", also: ["esc"], label: "things", does: "back to all things", run: things }];
  }
  if (app && result?.operation === "domain") {
    const names = (): void => shell.replace("names", { site: app.name });
    return [{ key: "enter", also: ["esc"], label: "names", does: "back to all its names", run: names }];
  }
  if (!app?.url)
    return [{ key: "enter", also: ["esc"], label: "back", does: "back to where you were", run: () => shell.back() }];
  const look = (): void => void shell.call("open", [app.name], {}, { interactive: true });
  return [
    { key: "enter", label: "the app", does: "look at the app", run: () => shell.replace("app", { app: app.name }) },
    { key: "o", label: "browser", does: "open it in the browser, signed in", run: look },
  ];
}

function endOf({ fault, events, exitCode }: Answer<unknown>): Status {
  const failed = fault ?? events.findLast((event) => event.type === "error");
  if (failed) return { words: faultWords(failed), tone: "bad" };
  return exitCode === 0 ? { words: "done", tone: "good" } : { words: `ended with ${exitCode}`, tone: "bad" };
}
