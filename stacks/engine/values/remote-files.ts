/** Assets and archives that are not files of this computer: fetched whole, with a few attempts. */
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Diagnosis, messageOf } from "../diagnosis.ts";

/** Waits between attempts, in milliseconds. */
const pauses = [100, 200, 400, 800];
const transient = (status: number): boolean => status === 429 || status >= 500;

/** The path a `file:` URI names, or undefined for a remote one. Throws for what can be neither. */
export function localFile(uri: string): string | undefined {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw new Diagnosis(`'${uri}' is not a valid URI`);
  }
  if (url.protocol === "http:" || url.protocol === "https:") return undefined;
  if (url.protocol !== "file:")
    throw new Diagnosis(`Unrecognized or unsupported URI scheme: ${url.protocol.replace(/:$/, "")}`);
  if (url.search || url.hash || (url.hostname && url.hostname !== "localhost"))
    throw new Diagnosis(`file:// URI '${uri}' names more than a file of this computer`);
  return fileURLToPath(new URL(url.pathname, "file://"));
}

export async function fetchFile(uri: string): Promise<Buffer> {
  let problem = "";
  for (const pause of [...pauses, undefined]) {
    try {
      const response = await fetch(uri);
      if (response.ok) return Buffer.from(await response.arrayBuffer());
      problem = `${response.status} ${response.statusText}`.trim();
      if (!transient(response.status)) break;
    } catch (cause) {
      problem = messageOf((cause as { cause?: unknown }).cause ?? cause);
    }
    if (pause !== undefined) await wait(pause);
  }
  throw new Diagnosis(`failed to fetch '${withoutUser(uri)}': ${problem}`);
}

/** A password in a URI is not for messages. */
function withoutUser(uri: string): string {
  const url = new URL(uri);
  url.username = "";
  url.password = "";
  return url.href;
}
