/** Which kind of address is kept by which storage. */
import type { Backend, BackendOptions } from "./backend.ts";
import { errors } from "./errors.ts";
import { fileStorage } from "./file-storage.ts";
import type { BackendMemory } from "./memory.ts";
import { s3Storage } from "./s3-storage.ts";
import { StackBackend } from "./stack-backend.ts";
import type { Storage } from "./storage.ts";

type Open = (url: string, options: BackendOptions, memory: BackendMemory | undefined) => Storage;

const storages: { readonly [scheme: string]: Open } = {
  "file:": (url) => fileStorage(url),
  "s3:": (url, { env = {}, leaseSeconds }, memory) => {
    const open = (): Storage => s3Storage(url, env, leaseSeconds);
    const ofAws = Object.entries(env).filter(([name]) => name.startsWith("AWS_"));
    return memory ? memory.at(JSON.stringify([url, ofAws.sort()]), open) : open();
  },
};

/**
 * Touches nothing: what is wrong with the place is told by the first call. `memory`: what earlier commands of the same
 * caller know of a bucket. Throws StateError `backend`.
 */
export function openBackend(url: string, options: BackendOptions, memory?: BackendMemory): Backend {
  const open = storages[/^[a-z0-9]+:(?=\/\/)/.exec(url)?.[0] ?? ""];
  if (!open) throw errors.backend(url);
  return new StackBackend(open(url, options, memory), options, url.startsWith("s3:") ? memory : undefined);
}
