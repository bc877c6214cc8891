/**
 * Which view an operation's events get, the live tree or plain lines; made with the first event, so that a
 * query loads none. Draws nothing itself.
 */
import type { Emit } from "../stacks/events.ts";
import { drawable } from "./drawable.ts";
import type { Paths } from "./paths.ts";
import { inert } from "./safe-text.ts";
import type { createTerminal } from "./terminal.ts";
import type { OperationView, ViewOptions } from "./views/operation-plain.ts";

/** A tree is cut to the width there is; with fewer rows it would be nothing but cut. */
const least = { columns: 1, rows: 8 };

export interface OperationViewOptions extends ViewOptions {
  env: NodeJS.ProcessEnv;
  paths: Paths;
  terminal: ReturnType<typeof createTerminal>;
  lines: { out(text: string): void; err(text: string): void };
}

/** `close` may be called in between, as before a question: what comes after it is drawn below. */
export async function operationView(o: OperationViewOptions): Promise<{ emit: Emit; close(): Promise<void> }> {
  const create = !o.quiet && drawable(o.env, process.stdout, least) ? await live(o) : await plain(o);
  let view: OperationView | undefined;
  return {
    emit(event) {
      view ??= create();
      view.event(inert(event));
    },
    async close() {
      const closing = view;
      view = undefined;
      await closing?.close();
    },
  };
}

async function live({
  paint,
  quiet,
  verbose,
  paths,
  terminal,
  lines,
}: OperationViewOptions): Promise<() => OperationView> {
  const [{ createLiveView }, expectedIn] = await Promise.all([import("./views/operation-live.tsx"), expecting(paths)]);
  const keys = process.stdin.isTTY === true ? { keys: terminal.keys } : {};
  return () => createLiveView(lines, { paint, quiet, verbose, expectedIn, ...keys }, process.stdout);
}

async function plain({ paint, quiet, verbose, paths, lines }: OperationViewOptions): Promise<() => OperationView> {
  const [{ createPlainView }, expectedIn] = await Promise.all([import("./views/operation-plain.ts"), expecting(paths)]);
  return () => createPlainView(lines, { paint, quiet, verbose, expectedIn });
}

async function expecting(paths: Paths): Promise<NonNullable<ViewOptions["expectedIn"]>> {
  const { expectedTimes } = await import("./operations/expected.ts");
  return (cloud) => expectedTimes(paths, cloud);
}
