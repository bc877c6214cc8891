/** An operation that a screen started and shows in its status line: what it does now, and how it ended. */
import { useCallback, useRef, useState } from "react";
import type { OperationEvent } from "../../../stacks/events.ts";
import type { FlagValues } from "../../command.ts";
import { doing, kindWords } from "../../ui/steps.ts";
import { type Answer, type Running, useShell } from "../shell.ts";
import type { Tone } from "./say.tsx";

export interface Status {
  words: string;
  tone?: Tone;
}

export interface Operating {
  busy: boolean;
  status: Status | undefined;
  say(status: Status | undefined): void;
  /** One at a time; answers as `call` does, and undefined while another is under way. */
  go(name: string, args: readonly string[], flags?: FlagValues, stdin?: string): Promise<Answer<unknown> | undefined>;
  /** One Ctrl-C. */
  interrupt(): void;
}

export function useOperation(): Operating {
  const shell = useShell();
  const [status, say] = useState<Status>();
  const running = useRef<Running<unknown>>(undefined);
  const [busy, setBusy] = useState(false);
  const go = useCallback<Operating["go"]>(
    async (name, args, flags = {}, stdin) => {
      if (running.current) return undefined;
      say({ words: `${name} begins` });
      setBusy(true);
      running.current = shell.start(name, args, flags, {
        onEvent: (event) => {
          const words = progressWords(event);
          if (words !== undefined) say({ words });
        },
        ...(stdin === undefined ? {} : { stdin }),
      });
      const answer = await running.current.ended;
      running.current = undefined;
      setBusy(false);
      say(endOf(name, answer));
      return answer;
    },
    [shell],
  );
  const interrupt = useCallback(() => running.current?.interrupt(), []);
  return { busy, status, say, go, interrupt };
}

function progressWords(event: OperationEvent): string | undefined {
  if (event.type === "note") return event.message;
  if (event.type === "address") return `${event.app} answers at ${event.url}`;
  if (event.type !== "resource" || event.op === "same") return undefined;
  if (event.phase === "done" || event.phase === "failed") return undefined;
  return `${doing(event.op)} ${kindWords(event.kind)} ${event.name}${event.message ? `: ${event.message}` : ""}`;
}

function endOf(name: string, { fault, events, exitCode }: Answer<unknown>): Status {
  const failed = fault ?? events.findLast((event) => event.type === "error");
  if (failed) return { words: faultWords(failed), tone: "bad" };
  return exitCode === 0
    ? { words: `${name}: done`, tone: "good" }
    : { words: `${name} ended with ${exitCode}`, tone: "bad" };
}

/** What, why, and what to type: as the plain view of a fault says it, in one paragraph. */
export function faultWords({ summary, detail, next }: { summary: string; detail?: string; next?: string }): string {
  return [`${summary}.`, detail, next && `Next: ${next}`].filter(Boolean).join(" ");
}
