/**
 * How a fenced command is begun without waiting: shells that wait, already in a control group of their own (to enter
 * one takes the kernel ten milliseconds now and then), and become the command they are told. They are told on their
 * input, so no argument of theirs shows what it is; the fence's own programs come after it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { ControlGroup, ControlGroups, Limits } from "./cgroups.ts";
import { type Launch, quoted, systemPath } from "./fence.ts";
import type { Guard } from "./guard.ts";

export interface Starter {
  /**
   * A process group of its own, whose output is piped. `talks`: descriptor 3 is its input, and a way out, and 4
   * another. Ends with the cloud, whatever the sandbox.
   */
  start(launch: Launch, limits: Limits, talks: boolean): ChildProcess;
  /** Some ahead, so that the next starts need not wait. */
  prepare(): void;
  close(): void;
}

interface Waiting {
  child: ChildProcess;
  group: ControlGroup | undefined;
}

/** Two functions may be cold at once, one that calls the other. */
const ahead = 2;
/** A start must not compete with preparing the next one. */
const aheadMs = 500;

/** What is to be done when a command has begun; its share of the processor, as its limits say. */
const shares = new WeakMap<ChildProcess, () => void>();

/** From now on the command's share of the processor is its own; until then it has a whole one's, to begin with. */
export function hasBegun(child: ChildProcess): void {
  shares.get(child)?.();
  shares.delete(child);
}

export function openStarter(groups: ControlGroups, guard: Guard): Starter {
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const prepare = (): void => {
    while (!closed && waiting.size < ahead) {
      const one = makeShell(groups);
      waiting.add(one);
      keepAlive(one.child, false);
      const gone = (): void => {
        if (waiting.delete(one)) one.group?.remove();
      };
      one.child.once("exit", gone);
      one.child.once("error", gone);
    }
  };
  const take = (): Waiting => {
    const [one] = waiting;
    if (!one) return makeShell(groups);
    waiting.delete(one);
    keepAlive(one.child, true);
    return one;
  };

  return {
    start(launch, limits, talks) {
      const { child, group } = take();
      timer ??= setTimeout(() => {
        timer = undefined;
        prepare();
      }, aheadMs).unref();
      group?.limit(limits);
      shares.set(child, () => group?.share(limits));
      const { pid } = child;
      if (pid !== undefined) guard.add(pid);
      const gone = (): void => {
        if (pid !== undefined) guard.remove(pid);
        group?.remove();
      };
      child.once("error", gone);
      child.once("close", gone);
      child.stdin!.end(becoming(launch, talks));
      if (!talks) for (const stream of child.stdio.slice(3)) (stream as Socket).destroy();
      return child;
    },
    prepare,
    close() {
      closed = true;
      clearTimeout(timer);
      for (const { child } of waiting) child.stdin!.end();
    },
  };
}

function makeShell(groups: ControlGroups): Waiting {
  const group = groups.make();
  const child = spawn("/bin/sh", [], {
    ...{ cwd: "/", env: { PATH: systemPath }, stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"] },
    // A process group of its own: killed whole, with what the command started.
    detached: true,
    windowsHide: true,
  });
  // Who is gone takes no word.
  child.stdin!.on("error", () => undefined);
  for (const stream of child.stdio.slice(3)) (stream as Socket).on("error", () => undefined);
  for (const { file, must } of group?.doors ?? [])
    child.stdin!.write(
      must ? `echo $$ >${quoted(file)} || exit 126\n` : `{ echo $$ >${quoted(file)}; } 2>/dev/null || :\n`,
    );
  return { child, group };
}

/** One line by line, for a shell reads its input as it goes. The number of the process stays the command's. */
function becoming({ file, args, env, cwd }: Launch, talks: boolean): string {
  return [
    `cd ${quoted(cwd)} || exit 126`,
    "unset PWD OLDPWD SHLVL",
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `exec ${[file, ...args].map(quoted).join(" ")} ${talks ? "<&3" : "</dev/null 3<&- 4<&-"}`,
    "",
  ].join("\n");
}

function keepAlive(child: ChildProcess, keeps: boolean): void {
  for (const one of [child, ...(child.stdio as unknown as (Socket | null)[])])
    if (keeps) one?.ref();
    else one?.unref();
}
