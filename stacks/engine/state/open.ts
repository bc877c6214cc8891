/** Which kind of address is kept by which storage. */
import type { Backend, BackendOptions } from "./backend.ts";
import { errors } from "./errors.ts";
import { fileStorage } from "./file-storage.ts";
import { s3Storage } from "./s3-storage.ts";
import { StackBackend } from "./stack-backend.ts";
import type { Storage } from "./storage.ts";

const storages: { readonly [scheme: string]: (url: string, options: BackendOptions) => Storage } = {
  "file:": (url) => fileStorage(url),
  "s3:": (url, { env, leaseSeconds }) => s3Storage(url, env ?? {}, leaseSeconds),
};

/** Touches nothing: what is wrong with the place is told by the first call. Throws StateError `backend`. */
export function openBackend(url: string, options: BackendOptions): Backend {
  const open = storages[/^[a-z0-9]+:(?=\/\/)/.exec(url)?.[0] ?? ""];
  if (!open) throw errors.backend(url);
  return new StackBackend(open(url, options), options);
}
