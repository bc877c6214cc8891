/**
 * The app's frame: the stack of screens, of which the last is seen and the others wait as they were; where keys come in;
 * what the shell of screens does. Draws nothing of its own.
 */
import { type AppProps, Box, useApp, useInput, usePaste, useStdout } from "ink";
import { type ComponentType, useLayoutEffect, useMemo, useRef, useState } from "react";
import { ActiveContext, type KeyHub, KeyHubContext, useKeyLayer } from "../ui/keys.ts";
import { DepthContext } from "./kit/screen.tsx";
import type { ScreenId, ScreenParams } from "./params.ts";
import { Question } from "./question.tsx";
import { screens } from "./screens.ts";
import { type Shell, ShellContext } from "./shell.ts";

export interface Open {
  id: ScreenId;
  params: ScreenParams[ScreenId];
  component: ComponentType<any>;
  serial: number;
}

export type Means = Pick<AppProps, "exit" | "suspendTerminal"> & {
  /** One at a time; answers with nothing where somebody turned it down. Of text that is safe for a terminal. */
  ask(question: string): Promise<string>;
};

/** What the frame is given from outside React. */
export interface Host
  extends Pick<
    Shell,
    "call" | "start" | "run" | "expected" | "commands" | "understand" | "color" | "cloud" | "fullscreen"
  > {
  hub: KeyHub;
  first: Open;
  /** Ctrl-Z: stops as any program does, and is drawn anew when it goes on. */
  suspend(): Promise<void>;
  /** Above the frame; kept while the terminal is given away. */
  print(text: string, write: (text: string) => void): void;
  /** Ink's means to give the terminal away, and that to ask something over all screens, once they are there. */
  onReady(means: Means): void;
  /** Takes the frame off the screen and ends. */
  leave(exitCode: number): void;
}

let serial = 0;

export async function load<Id extends ScreenId>(id: Id, params: ScreenParams[Id]): Promise<Open> {
  return { id, params, component: (await screens[id]()) as ComponentType<any>, serial: serial++ };
}

export function Frame({ host }: { host: Host }) {
  const [stack, setStack] = useState<readonly Open[]>([host.first]);
  const { exit, suspendTerminal } = useApp();
  const { write } = useStdout();
  useInput((input, key) => host.hub.key(input, key));
  usePaste((text) => host.hub.paste(text));
  const shell = useMemo(() => createShell(host, setStack, write), [host, write]);
  const [asked, setAsked] = useState<{ question: string; onAnswer(said: string): void }>();
  useLayoutEffect(() => {
    const ask = (question: string) =>
      new Promise<string>((resolve) =>
        setAsked({
          question,
          onAnswer: (said) => {
            setAsked(undefined);
            resolve(said);
          },
        }),
      );
    host.onReady({ exit, suspendTerminal, ask });
  }, [host, exit, suspendTerminal]);
  // Each screen that is opened has been drawn when the next key comes.
  const shown = useRef(0);
  useLayoutEffect(() => {
    if (shown.current !== stack.at(-1)?.serial) host.hub.release();
    shown.current = stack.at(-1)?.serial ?? 0;
  });
  return (
    <KeyHubContext value={host.hub}>
      <ShellContext value={shell}>
        <GlobalKeys shell={shell} host={host} />
        {stack.map(({ component: Screen, params, serial }, depth) => {
          const seen = depth === stack.length - 1 && !asked;
          return (
            <Box key={serial} display={seen ? "flex" : "none"} flexDirection="column">
              <DepthContext value={depth}>
                <ActiveContext value={seen}>
                  <Screen {...params} />
                </ActiveContext>
              </DepthContext>
            </Box>
          );
        })}
        {asked ? <Question {...asked} /> : null}
      </ShellContext>
    </KeyHubContext>
  );
}

function GlobalKeys({ shell, host }: { shell: Shell; host: Host }) {
  useKeyLayer("frame", ({ name }) => {
    if (name === "ctrl-c") shell.quit(130);
    else if (name === "ctrl-z") void host.suspend();
    else return false;
    return true;
  });
  return null;
}

/** Once in the stack: where one is open already, the new one takes its place and what lies above it goes. */
const single: ReadonlySet<ScreenId> = new Set(["app", "things", "names"]);

function below(stack: readonly Open[], id: ScreenId): readonly Open[] {
  const at = single.has(id) ? stack.findIndex((open) => open.id === id) : -1;
  return at < 0 ? stack : stack.slice(0, at);
}

function createShell(
  host: Host,
  setStack: (change: (stack: readonly Open[]) => readonly Open[]) => void,
  write: (text: string) => void,
): Shell {
  const put = (dropped: number, id: ScreenId, params: ScreenParams[ScreenId]): void => {
    host.hub.hold();
    load(id, params as never).then(
      (open) => setStack((stack) => [...below(stack.slice(0, stack.length - dropped), id), open]),
      (error) => {
        host.hub.release();
        throw error;
      },
    );
  };
  const { call, start, run, expected, commands, understand, color, cloud, fullscreen } = host;
  return {
    ...{ call, start, run, expected, commands, understand, color, cloud, fullscreen },
    open: (id, params) => put(0, id, params),
    replace: (id, params) => put(1, id, params),
    back: () => setStack((stack) => (stack.length > 1 ? stack.slice(0, -1) : stack)),
    quit: (exitCode = 0) => host.leave(exitCode),
    print: (text) => host.print(text, write),
  };
}
