/** The zip that a function or a layer is made of: from the program, compared by its hash, checked after it was sent. */
import { Archive, Asset, type PropertyMap } from "../../../engine/value.ts";
import { contentBytes, sha256Base64 } from "../bytes.ts";
import { problems } from "../errors.ts";
import { type Call, type Compared, str } from "../type.ts";

/** Undefined where the program names a bucket or an image instead. */
export async function zipOf(inputs: PropertyMap): Promise<Uint8Array | undefined> {
  const code = inputs["code"];
  return code instanceof Archive || code instanceof Asset ? await contentBytes(code) : undefined;
}

/** Imported code is not in the inputs: it is compared by the hash Lambda answers. */
export async function settleCode(call: Compared, changed: string[]): Promise<string[]> {
  const live = str(call.outputs, "codeSha256");
  if (!changed.includes("code") || call.olds["code"] !== undefined || !live) return changed;
  const zip = await zipOf(call.inputs);
  return zip && sha256Base64(zip) === live ? changed.filter((name) => name !== "code") : changed;
}

/** Lambda answers the hash of what it has; code that was changed on the way must not run. */
export async function intact(call: Call, answered: string | undefined, what: string): Promise<void> {
  const zip = await zipOf(call.inputs);
  if (zip && answered && sha256Base64(zip) !== answered) throw problems.changedOnTheWay(what);
}
