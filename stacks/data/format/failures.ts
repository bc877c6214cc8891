/** What goes wrong while data is carried, as a fault: the disk, the cloud, or somebody who pressed Ctrl-C. */
import { Fault } from "../../../blueprints/fault.ts";
import type { Cloud } from "../../cloud.ts";
import { asFault } from "../../deploy/faults.ts";
import { faults } from "./faults.ts";
import { isThrottled } from "./patience.ts";

const ofDisk = new Set([
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "EROFS",
  "EACCES",
  "EPERM",
  "EFBIG",
  "ENAMETOOLONG",
  "ENOTDIR",
  "EISDIR",
]);

/** `at`: where the files are. */
export function asDataFault(error: unknown, cloud: Pick<Cloud, "endpoint">, at: string): Fault {
  if (error instanceof Fault) return error;
  const { name, code = "" } = error as { name?: string; code?: string };
  if (name === "AbortError") return faults.interrupted(`The data at ${at} is not whole yet.`);
  if (ofDisk.has(code)) return faults.notWritten(at, error);
  return isThrottled(error) ? faults.throttled(at, error) : asFault(error, cloud.endpoint);
}
