/**
 * Functions of a program that its SDK serves to the engine (transforms, hooks) run in the program's own asynchronous
 * context. Left alone they run in none: Node gives a server's connections no context, and the SDK then takes the
 * program for one whose engine knows no secrets, and answers with them in plain text. For programs in this process.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import callbacks from "@pulumi/pulumi/runtime/callbacks.js";

type Server = object;
type Run = <T>(work: () => T) => T;

const programs = new WeakMap<Server, Run>();
const { prototype } = (callbacks as unknown as { CallbackServer: { prototype: Record<string, unknown> } })
  .CallbackServer;

/** What the SDK calls while the program runs, before anything is called back. */
const registrations = [
  "registerTransform",
  "registerStackInvokeTransformAsync",
  "registerResourceHook",
  "registerErrorHook",
];
for (const name of registrations) {
  const register = prototype[name] as (this: Server, what: unknown) => unknown;
  prototype[name] = function (this: Server, what: unknown): unknown {
    if (!programs.has(this)) programs.set(this, AsyncLocalStorage.snapshot() as Run);
    return register.call(this, what);
  };
}

const invoke = prototype["invoke"] as (this: Server, call: unknown, callback: unknown) => unknown;
prototype["invoke"] = function (this: Server, call: unknown, callback: unknown): unknown {
  const inProgram = programs.get(this);
  return inProgram ? inProgram(() => invoke.call(this, call, callback)) : invoke.call(this, call, callback);
};
