/** What a fault says, where the cloud was named on the command line: its commands name it, too. */
import { Fault } from "../blueprints/fault.ts";
import { inCloud, wordsInCloud } from "./ui/in-cloud.ts";

/** The cloud that a command line names. */
export function cloudIn(command: string): string | undefined {
  return /(?:^| )--cloud[ =]([a-z][a-z0-9-]*)(?: |$)/.exec(command)?.[1];
}

/** Of a command that was meant for `cloud` by name; without a name the fault is as it was. */
export function elsewhere(fault: Fault, cloud: string | undefined): Fault {
  if (cloud === undefined) return fault;
  const { next, detail, ...rest } = fault.toJSON();
  return new Fault({
    ...rest,
    ...(detail === undefined ? {} : { detail: wordsInCloud(detail, cloud) }),
    ...(next === undefined ? {} : { next: inCloud(next, cloud) }),
    cause: fault,
  });
}
