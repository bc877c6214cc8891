/**
 * `exec`: a command of the owner's with an hour's credentials of an app's function, and nothing else of theirs. The
 * command has the terminal, its signals and its exit code; Freehold prints nothing beside it.
 */
import { spawn } from "node:child_process";
import { constants, userInfo } from "node:os";
import { basename } from "node:path";
import { enterCloud } from "../access.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { beginExec } from "../history.ts";
import { findApp } from "./app.ts";

/** What programs need of a shell's environment; no credentials are among it. */
const passed =
  /^(PATH|HOME|TERM|COLORTERM|NO_COLOR|COLUMNS|LINES|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|USER|LOGNAME|SHELL|SystemRoot|SYSTEMROOT|ComSpec|COMSPEC|PATHEXT|Path|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA)$/;

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const [command, ...args] = input.rest as [string, ...string[]];
  const write = input.flags["write"] === true;
  const asked = text(input.flags, "function");
  const cloud = await enterCloud(input.paths, config);
  const { execAccess } = await import("../../stacks/deploy.ts");
  const access = await execAccess(cloud, app.name, { write, ...(asked === undefined ? {} : { function: asked }) });
  const ended = beginExec(input.paths, config.name, app.name, {
    by: { user: userInfo().username, principal: access.principal },
    function: access.function,
    command: basename(command),
    write,
  });
  const kept = Object.entries(input.env).filter(([name]) => passed.test(name));
  const exitCode = await finish(input, command, args, { ...Object.fromEntries(kept), ...access.environment }).catch(
    (error: NodeJS.ErrnoException) => {
      ended(notStarted);
      throw error.code === "ENOENT" || error.code === "EACCES" ? faults.commandMissing(command, error.code) : error;
    },
  );
  ended(exitCode);
  return { exitCode };
}

/** As shells say it of what they do not find. */
const notStarted = 127;

/** Its exit code; of one that a signal ended, 128 and the signal's number, as shells say it. */
function finish(input: Input, command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: input.cwd, env, stdio: "inherit" });
    // A terminal's Ctrl-C reaches the command by itself; it decides what becomes of it.
    const forward = (signal: NodeJS.Signals): void => {
      if (signal !== "SIGINT" || process.stdin.isTTY !== true) child.kill(signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const stay = input.onInterrupt(() => undefined);
    for (const signal of signals) process.on(signal, forward);
    const release = (): void => {
      for (const signal of signals) process.off(signal, forward);
      stay();
    };
    child.once("error", (error) => {
      release();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      release();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
