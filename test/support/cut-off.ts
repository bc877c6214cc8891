/** A command that meets a failure at its k-th call, or is killed there, for tests that then go on with the same command. */
import { type ChildProcess, spawn } from "node:child_process";
import { refused } from "./aws-setup.ts";
import type { Fault, Rule } from "./fault-proxy.ts";
import type { Home } from "./home.ts";

interface Planned {
  plan(rules: Rule[]): void;
  cutAt(k: number, fault: Fault, on?: RegExp): void;
}

/** Of failures that pass by themselves, once each: a command that meets one ends well. */
export const passing: Readonly<Record<string, (operation: string) => Fault>> = {
  "an error of AWS's": (operation) => refused(operation, "InternalFailure", "oops", 500),
  throttling: (operation) => refused(operation, "ThrottlingException", "Rate exceeded"),
  "a reset before AWS saw it": () => ({ kind: "reset", reached: false }),
  "a lost answer": () => ({ kind: "reset", reached: true }),
  "half an answer": () => ({ kind: "truncate" }),
};

/** Denied, cut off before AWS saw it or after AWS carried it out, throttled: in the words of that call's service. */
export const kinds: readonly ((operation: string) => Fault)[] = [
  (operation) => refused(operation, "AccessDenied", "User: x is not authorized to perform: this", 403),
  () => ({ kind: "reset", reached: false }),
  () => ({ kind: "reset", reached: true }),
  (operation) => refused(operation, "ThrottlingException", "Rate exceeded"),
];

/** What is lost or put off lasts for good when it is said so: until everybody's patience is at its end takes a minute. */
export function failsAt(proxy: Planned, k: number, fault: Fault, lasts: boolean): void {
  const forGood = lasts || (fault.kind === "answer" && fault.status === 403);
  proxy.plan([
    { on: /(?:)/, fault: { kind: "latency", ms: 0 }, times: k },
    { on: /(?:)/, fault, times: forGood ? Number.POSITIVE_INFINITY : 2 },
  ]);
}

/** A command under way: what it has said until now, its worker once it said that, and its end. */
export function begun({ entry, dir, env }: Home, args: string[]) {
  const child = spawn(process.execPath, [entry, ...args, "--json"], {
    cwd: dir,
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  return { child, ended, said: () => text, worker: () => Number(/"pid":(\d+)/.exec(text)?.[1] ?? 0) };
}

/** Command and worker, at the k-th call (of those that `on` names); `reached`: AWS carried that one out. */
export async function killedAt(
  proxy: Pick<Planned, "cutAt">,
  home: Home,
  args: string[],
  { k, reached, on }: { k: number; reached: boolean; on?: RegExp },
): Promise<void> {
  const { child, ended, worker } = begun(home, args);
  const hung = new Promise<void>((told) => proxy.cutAt(k, { kind: "hang", reached, told }, on));
  await Promise.race([hung, ended]);
  kill(child, worker());
  await ended;
}

function kill(child: ChildProcess, worker: number): void {
  child.kill("SIGKILL");
  try {
    if (worker > 0) process.kill(worker, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
