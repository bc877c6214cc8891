/** `PULUMI_DIY_BACKEND_*`: how the official engine's own variables change what is written. None is passed over. */
import type { Environment } from "./aws-address.ts";
import type { Packing } from "./compression.ts";
import { errors } from "./errors.ts";

export interface BackendVariables {
  packing: Packing;
  /** A copy of the checkpoint after each operation, in `backups`. */
  backups: boolean;
  /** Every checkpoint stays beside the current one, under the time it was written. */
  retain: boolean;
  /** Do not tell of stacks in the old layout beside those of the new one. */
  quietAboutLegacy: boolean;
  /** How many stacks are looked at together. */
  parallel: number;
}

const prefix = "PULUMI_DIY_BACKEND_";

/** Read or, as with `IGNORE_DEPRECATION_ERROR`, without a meaning here: the old layout is refused either way. */
const known = new Set([
  "GZIP",
  "ZSTD",
  "DISABLE_CHECKPOINT_BACKUPS",
  "RETAIN_CHECKPOINTS",
  "NO_LEGACY_WARNING",
  "PARALLEL",
  "LEGACY_LAYOUT",
  "IGNORE_DEPRECATION_ERROR",
]);

export function readVariables(env: Environment): BackendVariables {
  for (const name of Object.keys(env))
    if (name.startsWith(prefix) && !known.has(name.slice(prefix.length)))
      throw errors.variable(name, "this engine does not know this variable");
  const set = (name: string): boolean => /^(1|true)$/i.test(env[prefix + name] ?? "");
  if (set("GZIP") && set("ZSTD"))
    throw errors.variable(`${prefix}GZIP`, "DIY_BACKEND_GZIP and DIY_BACKEND_ZSTD cannot both be enabled");
  if (set("LEGACY_LAYOUT"))
    throw errors.variable(`${prefix}LEGACY_LAYOUT`, "this engine does not write the layout of before projects");
  const parallel = Number(env[`${prefix}PARALLEL`] ?? "");
  return {
    packing: set("ZSTD") ? ".zst" : set("GZIP") ? ".gz" : "",
    backups: !set("DISABLE_CHECKPOINT_BACKUPS"),
    retain: set("RETAIN_CHECKPOINTS"),
    quietAboutLegacy: set("NO_LEGACY_WARNING"),
    parallel: Number.isSafeInteger(parallel) && parallel > 0 ? parallel : 16,
  };
}
