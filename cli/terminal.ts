/** Stdin and signals: questions on a terminal, what was piped in, Ctrl-C. Nothing is read unless a command asks. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { exitCodes } from "../blueprints/fault.ts";
import { faults } from "./errors.ts";

export function createTerminal(env: NodeJS.ProcessEnv) {
  const listeners = new Set<() => void>();
  const leaving = new Set<() => void>();
  const interrupt = (): void => {
    // Nobody minds: nothing is under way that would have to be finished.
    if (listeners.size === 0) process.exit(exitCodes.interrupted);
    for (const listener of listeners) listener();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return {
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true && !env["CI"] && env["TERM"] !== "dumb",
    onInterrupt(handler: () => void): () => void {
      listeners.add(handler);
      return () => void listeners.delete(handler);
    },
    onDetach(handler: () => void): () => void {
      leaving.add(handler);
      return () => void leaving.delete(handler);
    },
    /** For a view that reads keys, in which the terminal sends no signals by itself. */
    keys: {
      interrupt,
      detach: () => {
        for (const leave of leaving) leave();
      },
      suspend: () =>
        new Promise<void>((resolve) => {
          process.once("SIGCONT", () => resolve());
          // The whole group, as the terminal would have: npm, too, where it started us.
          process.kill(0, "SIGTSTP");
        }),
    },
    async ask(question: string, { hidden = false }: { hidden?: boolean } = {}): Promise<string> {
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
      // A view that read keys lets go of stdin as it closes; a question nobody holds the process for is not asked.
      process.stdin.ref();
      const lines = createInterface({
        input: process.stdin,
        output: hidden ? nowhere : process.stderr,
        terminal: true,
      });
      lines.on("SIGINT", interrupt);
      // Only now: before, the terminal itself still echoes what somebody types at once.
      if (hidden) process.stderr.write(question);
      try {
        return await lines.question(hidden ? "" : question);
      } catch (error) {
        // Ctrl-D: there is no answer.
        if ((error as NodeJS.ErrnoException).code === "ABORT_ERR") throw faults.declined();
        throw error;
      } finally {
        lines.close();
        if (hidden) process.stderr.write("\n");
      }
    },
    async readStdin(): Promise<string | undefined> {
      if (process.stdin.isTTY) return undefined;
      let text = "";
      for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
      return text === "" ? undefined : text;
    },
    close(): void {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
    },
  };
}
