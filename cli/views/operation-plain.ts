/** An operation line by line: for pipes, CI, dumb terminals and screen readers. Progress to stderr, the result to stdout. */
import type { NoteEvent, OperationEvent, ResourceEvent, ResultEvent } from "../../stacks/events.ts";
import type { Expected } from "../operations/expected.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
import { settingsNeededLines } from "../ui/setting.ts";
import { doing, done, kindWords, leaving, left, outcomeWords, wouldBe } from "../ui/steps.ts";
import { elapsed, linkWords, usualWords } from "../ui/time.ts";
import { addressNote } from "./address.ts";
import { carriedLines } from "./carried.ts";
import { consentLines } from "./consent.ts";
import { plainFault } from "./fault.ts";
import { setupLines } from "./setup.ts";

export interface Lines {
  out(text: string): void;
  err(text: string): void;
}

export interface OperationView {
  event(event: OperationEvent): void;
  /** After the last event. */
  close(): Promise<void>;
}

export interface ViewOptions {
  paint: Paint;
  quiet: boolean;
  verbose: boolean;
  /** How long steps usually take; asked once it is known which cloud it is. */
  expectedIn?(cloud: string): Expected;
}

export function createPlainView(
  { out, err }: Lines,
  { paint, quiet, verbose, expectedIn }: ViewOptions,
): OperationView {
  const progress = (text: string): void => {
    if (!quiet) err(text);
  };
  let preview = false;
  let expected: Expected = () => undefined;
  const resource = (event: ResourceEvent): void => {
    if (!preview || event.phase === "failed") progress(resourceLine(event, paint, expected));
    else if (event.phase === "done") progress(previewLine(event));
  };
  const on = (event: OperationEvent): void => {
    switch (event.type) {
      case "start":
        if (!quiet && expectedIn) expected = expectedIn(event.cloud);
        progress(startLine(event));
        return;
      case "stack":
        preview = event.preview;
        progress(`${event.preview ? "Previewing" : "Working on"} ${event.app ?? event.stack}`);
        return;
      case "resource":
        if (verbose || event.op !== "same" || event.phase === "failed") resource(event);
        return;
      case "note":
        if (!quiet || event.level !== "info") err(noteLine(event));
        return;
      case "address":
        progress(noteLine(addressNote(event)));
        return;
      case "consent":
        // What has to be answered is shown to those who want little shown, too.
        for (const line of consentLines(event, paint)) (event.needed ? err : progress)(line);
        return;
      case "settings-needed":
        for (const line of settingsNeededLines(event)) err(line);
        return;
      case "ways":
      case "region":
      case "budget":
      case "engine":
      case "setup-plan":
        for (const line of setupLines(event, paint)) err(line);
        return;
      case "summary":
        progress(`${event.app ?? event.stack}: ${outcomeWords(event)} (${elapsed(event.durationMs)})`);
        return;
      case "error":
        err(plainFault(event, paint));
        return;
      case "result":
        for (const line of resultLines(event, paint)) out(line);
        return;
    }
  };
  return { event: on, close: () => Promise.resolve() };
}

export function startLine({ operation, cloud, apps, id }: Extract<OperationEvent, { type: "start" }>): string {
  return `${operation} ${apps.join(", ")}${apps.length > 0 ? " " : ""}on ${cloud} (operation ${id})`;
}

export const noteLine = ({ level, message }: NoteEvent): string =>
  `${level === "info" ? "" : `${level}: `}${safeText(message, { lines: true })}`;

const previewLine = ({ kind, name, op, retained }: ResourceEvent): string =>
  `  ${kindWords(kind)} ${safeText(name)} ${wouldBe(op, retained)}`;

function resourceLine(event: ResourceEvent, paint: Paint, expected: Expected): string {
  const { phase, op, kind, name, elapsedMs, message, retained } = event;
  const what = `${kindWords(kind)} ${safeText(name)}`;
  const present = retained ? leaving : doing(op);
  if (phase === "failed")
    return `  ${paint.bad("failed")} ${present} ${what}${message ? `: ${safeText(message, { lines: true })}` : ""}`;
  if (phase === "started") {
    const usual = usualWords(expected(kind, op));
    return `  ${present} ${what}${usual ? ` (${usual})` : ""}`;
  }
  if (phase === "waiting") return `  ${present} ${what}: ${safeText(message ?? "waiting")}`;
  return `  ${retained ? left : done(op)} ${what}${elapsedMs === undefined ? "" : ` (${elapsed(elapsedMs)})`}`;
}

const backWords = (name: string, paint: Paint): string =>
  name.startsWith("things/") ? "freehold add of the same type and name" : paint.command(`freehold up ${name}`);

/** What the person came for. */
export function resultLines({ ok, operation, cloud, apps, data }: ResultEvent, paint: Paint): string[] {
  if (operation === "setup") {
    const home = apps.map(({ url }) =>
      url ? `Its home page is at ${paint.link(url)}; ${paint.command("freehold open")} signs you in.` : "",
    );
    return ok ? [`The cloud ${paint.bold(cloud)} is ready.`, ...home.filter(Boolean)] : [];
  }
  if (data) return carriedLines(operation, data);
  if (operation === "preview") return ok ? ["Nothing was changed."] : [];
  return apps.flatMap(({ name, url, link, kept }) => {
    if (operation === "destroy")
      return [
        `${paint.bold(name)} is removed.`,
        ...(kept ?? []).map((data) => `  kept ${kindWords(data.kind)} ${data.name}: ${safeText(data.id)}`),
        ...(kept?.length
          ? [
              `  ${backWords(name, paint)} takes the data back; ${paint.command(`freehold destroy ${name} --data delete`)} removes it.`,
            ]
          : []),
      ];
    return [
      `${paint.bold(name)} is up${url ? ` at ${paint.link(url)}` : ""}`,
      ...(link ? [`  signed in, once, within ${linkWords}: ${paint.link(link)}`] : []),
    ];
  });
}
