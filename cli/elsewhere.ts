/** What a fault says to do next, where the cloud was named on the command line: the next command names it, too. */
import { Fault } from "../blueprints/fault.ts";

/** Commands of no cloud, or that name it in another way. */
const ofNoCloud = /^freehold (setup|catalog|search|info|source|attach|snapshot apply|cloud (ls|use)|engine install)\b/;

/** The cloud that a command line names. */
export function cloudIn(command: string): string | undefined {
  return /(?:^| )--cloud[ =]([a-z][a-z0-9-]*)(?: |$)/.exec(command)?.[1];
}

/** Of a command that was meant for `cloud` by name; without a name the fault is as it was. */
export function elsewhere(fault: Fault, cloud: string | undefined): Fault {
  const { next = "" } = fault;
  const fits = /^freehold [a-z]/.test(next) && !/ --(cloud|help)\b/.test(next) && !ofNoCloud.test(next);
  if (cloud === undefined || !fits) return fault;
  // Before the words of another command, and before a file that is read.
  const [own = next] = /^.*?(?= (?:--|<) |$)/.exec(next) ?? [];
  return new Fault({ ...fault.toJSON(), next: `${own} --cloud ${cloud}${next.slice(own.length)}`, cause: fault });
}
