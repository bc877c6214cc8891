/**
 * The engine's event stream as the events people watch. Remembers the diagnostics, since a failed command only says
 * that it failed.
 */
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import type { Emit, ResourceEvent, StepOp } from "../events.ts";
import { firstAnswer } from "./first-answer.ts";
import type { Changes } from "./types.ts";

export interface Watch {
  onEvent(event: EngineEvent): void;
  /** Error diagnostics so far, each with the URN it is about. */
  readonly errors: { urn: string | undefined; message: string }[];
  readonly changes: Changes;
  end(result: "succeeded" | "failed" | "canceled"): void;
}

interface Turn {
  stack: string;
  app?: string;
  preview: boolean;
  emit: Emit;
  /** URNs that leave the state and stay in the cloud with what they are deleted with. */
  stay?: ReadonlySet<string>;
  /** A new address is asked until it answers, and that is told. */
  tellsAddress?: boolean;
}

const addressKind = "aws:lambda/functionUrl:FunctionUrl";

/** Announces the stack's turn, then translates until `end`. */
export function watchStack({ stack, app, preview, emit, stay, tellsAddress }: Turn): Watch {
  const started = performance.now();
  const since = new Map<string, number>();
  const errors: Watch["errors"] = [];
  const changes: Changes = {};
  emit({ type: "stack", stack, ...(app ? { app } : {}), preview });

  let retained = 0;
  const stays = ({ op, urn, old }: StepEventMetadata): boolean =>
    isDelete(op) && (old?.retainOnDelete === true || stay?.has(urn) === true);

  function resource(phase: ResourceEvent["phase"], metadata: StepEventMetadata, message?: string): void {
    const { urn, type } = metadata;
    if (type === "pulumi:pulumi:Stack" || (phase === "started" && metadata.op === "same")) return;
    if (phase === "started") since.set(urn, performance.now());
    const begun = since.get(urn);
    if (phase === "done" && metadata.op === "delete" && stays(metadata)) retained++;
    emit({
      type: "resource",
      phase,
      stack,
      ...subjectOf(metadata),
      ...(stays(metadata) ? { retained: true } : {}),
      ...(phase !== "started" && begun !== undefined ? { elapsedMs: Math.round(performance.now() - begun) } : {}),
      ...(message ? { message } : {}),
      ...(metadata.diffs && metadata.diffs.length > 0 ? { diffs: metadata.diffs } : {}),
      at: new Date().toISOString(),
    });
  }

  const over = new AbortController();
  function address({ op, type, new: made }: StepEventMetadata): void {
    const url: unknown = made?.outputs?.["functionUrl"];
    if (!tellsAddress || preview || !app || op !== "create" || type !== addressKind || typeof url !== "string") return;
    void firstAnswer(url, over.signal).then((answers) => {
      if (!answers) return;
      const elapsedMs = Math.round(performance.now() - started);
      emit({ type: "address", stack, app, url, elapsedMs, at: new Date().toISOString() });
    });
  }

  const running = new Map<string, StepEventMetadata>();
  /** Ids by URN. */
  const lookedFor = new Map<string, string>();

  /** Looking before anything is done is told once; what is found is seen by what is done about it. */
  function looked({ op, urn, old }: StepEventMetadata): boolean {
    const id = lookedFor.get(urn);
    if (op === "create" && id !== undefined) {
      const message = `${id} is not there any more; a new one ${preview ? "would be" : "is"} made in its place.`;
      emit({ type: "note", level: "warning", message, stack, urn });
    }
    if (op !== "refresh") return false;
    if (lookedFor.size === 0) emit({ type: "note", level: "info", message: "Looking at what is really there.", stack });
    lookedFor.set(urn, old?.id ?? "");
    return true;
  }

  function diagnostic({ urn, message, severity, ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
    const text = plain(message);
    const step = urn ? running.get(urn) : undefined;
    if (ephemeral) {
      if (step && text) resource("waiting", step, text);
      return;
    }
    // The engine's last word; whoever reads this sees the end of it otherwise.
    if (!urn && /^(update|preview) (failed|canceled)$/.test(text)) return;
    if (severity === "error") errors.push({ urn, message: text });
    if (!text || (severity as string) === "debug") return;
    const level = severity === "error" || severity === "warning" ? severity : "info";
    emit({ type: "note", level, message: text, stack, ...(urn ? { urn } : {}) });
  }

  return {
    errors,
    changes,
    onEvent(event) {
      if (event.resourcePreEvent) {
        const { metadata } = event.resourcePreEvent;
        if (looked(metadata)) return;
        running.set(metadata.urn, metadata);
        resource("started", metadata);
      } else if (event.resOutputsEvent) {
        const { metadata } = event.resOutputsEvent;
        // Looked at alone, it is told at its end what was found.
        if (!running.delete(metadata.urn) && metadata.op === "refresh") return;
        resource("done", metadata);
        address(metadata);
      } else if (event.resOpFailedEvent) {
        const { metadata } = event.resOpFailedEvent;
        running.delete(metadata.urn);
        resource("failed", metadata, errors.findLast(({ urn }) => urn === metadata.urn)?.message);
      } else if (event.diagnosticEvent) diagnostic(event.diagnosticEvent);
      else if (event.summaryEvent) Object.assign(changes, event.summaryEvent.resourceChanges);
    },
    end(result) {
      over.abort();
      const durationMs = Math.round(performance.now() - started);
      const left = retained > 0 ? { retained } : {};
      const end = { result, preview, changes: { ...changes }, ...left, durationMs };
      emit({ type: "summary", stack, ...(app ? { app } : {}), ...end });
    },
  };
}

/** Which resource a step is of, and what it does to it. */
function subjectOf({ op, urn, type, old, new: next }: StepEventMetadata) {
  const { parent, id } = next ?? old ?? {};
  return {
    op: op as StepOp,
    urn,
    kind: type,
    name: nameOf(urn),
    ...(parent ? { parent } : {}),
    ...(id ? { id } : {}),
  };
}

const isDelete = (op: string): boolean => op === "delete" || op === "delete-replaced";

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The engine's colour directives (`<{%reset%}>`) and the space around them go. */
function plain(message: string): string {
  return message.replace(/<\{%.*?%\}>/g, "").trim();
}
