/**
 * Resource hooks: functions of the program that run before and after steps, and error hooks that may ask for another
 * attempt. A failing before-hook fails the step; a failing after-hook fails the operation, while what the step did is
 * recorded. Which hooks a resource has is state: deletes are of resources the program no longer mentions.
 */
import type { RegisterErrorHookRequest, RegisterResourceHookRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import type { Executor, StepHooks } from "../deployment/execute.ts";
import type { Op, Step } from "../deployment/step.ts";
import { Diagnosis, messageOf } from "../diagnosis.ts";
import type { ResourceState } from "../state/resource.ts";
import type { PropertyMap } from "../value.ts";
import { parseUrn } from "../values/urn.ts";
import { encodeStruct } from "../values/wire.ts";
import type { Callbacks, Invoke } from "./callbacks.ts";
import { resourceOptions } from "./hook-options.ts";

interface Hook {
  invoke: Invoke;
  bytes: boolean;
  onDryRun: boolean;
  ignoreErrors: boolean;
}

/** As often as this, an error hook may ask for another attempt. */
const attempts = 100;

type Operation = "create" | "update" | "delete";
const operations: { [op in Op]?: Operation } = {
  create: "create",
  "create-replacement": "create",
  update: "update",
  delete: "delete",
  "delete-replaced": "delete",
  discard: "delete",
  "discard-replaced": "delete",
};

/** Names of state and of the wire. */
const kinds: { [operation in Operation]: { before: string; after: string } } = {
  create: { before: "BeforeCreate", after: "AfterCreate" },
  update: { before: "BeforeUpdate", after: "AfterUpdate" },
  delete: { before: "BeforeDelete", after: "AfterDelete" },
};

/** Deletes whose hooks nobody can run: the program is not there. Throws, having told which. */
export function refuseDeleteHooks(executor: Executor, states: Iterable<ResourceState>): void {
  let found = false;
  for (const { urn, resourceHooks } of states) {
    const names = [...(resourceHooks?.["BeforeDelete"] ?? []), ...(resourceHooks?.["AfterDelete"] ?? [])];
    if (names.length === 0) continue;
    found = true;
    const message = `Resource has delete hooks registered, but the program is not running. Hooks: ${names.join(", ")}`;
    executor.events.diagnostic({ severity: "error", urn, message });
  }
  if (found) throw new Diagnosis("You must run with the `--run-program` flag to use delete hooks during destroy.");
}

export class Hooks implements StepHooks {
  private readonly executor: Executor;
  private readonly callbacks: Callbacks;
  private readonly preview: boolean;
  private readonly hooks = new Map<string, Hook>();
  private readonly errorHooks = new Map<string, Hook>();

  constructor(executor: Executor, callbacks: Callbacks, preview: boolean) {
    this.executor = executor;
    this.callbacks = callbacks;
    this.preview = preview;
  }

  register(request: RegisterResourceHookRequest): void {
    const callback = request.getCallback();
    this.add(this.hooks, request.getName(), {
      invoke: this.callbacks.function(callback),
      bytes: callback?.getAcceptsByteString() ?? false,
      onDryRun: request.getOnDryRun(),
      ignoreErrors: request.getIgnoreErrors(),
    });
  }

  registerError(request: RegisterErrorHookRequest): void {
    const callback = request.getCallback();
    this.add(this.errorHooks, request.getName(), {
      invoke: this.callbacks.function(callback),
      bytes: callback?.getAcceptsByteString() ?? false,
      onDryRun: true,
      ignoreErrors: false,
    });
  }

  private add(to: Map<string, Hook>, name: string, hook: Hook): void {
    if (name === "") throw new Diagnosis("resource hook name cannot be empty");
    if (this.hooks.has(name) || this.errorHooks.has(name))
      throw new Diagnosis(`resource hook already registered for name ${JSON.stringify(name)}`);
    to.set(name, hook);
  }

  before(step: Step): Promise<void> | undefined {
    return this.around(step, "before");
  }

  after(step: Step): Promise<void> | undefined {
    return this.around(step, "after")?.catch((cause: unknown) => this.executor.fail(cause, step.urn));
  }

  private around(step: Step, when: "before" | "after"): Promise<void> | undefined {
    const operation = operations[step.op];
    if (!operation) return undefined;
    const kind = kinds[operation][when];
    const names = bound(step, operation)?.resourceHooks?.[kind];
    return names && names.length > 0 ? this.run(step, operation, { kind, when, names }) : undefined;
  }

  private async run(
    step: Step,
    operation: Operation,
    { kind, when, names }: { kind: string; when: "before" | "after"; names: string[] },
  ): Promise<void> {
    for (const name of names) {
      const hook = this.hooks.get(name);
      if (!hook) throw new Diagnosis(`hook ${JSON.stringify(name)} was not registered`, step.urn);
      if (this.preview && !hook.onDryRun) continue;
      const error = await this.call(hook, step, operation, when).catch(messageOf);
      if (error === "") continue;
      if (!hook.ignoreErrors) throw new Diagnosis(`${when} hook ${JSON.stringify(name)} failed: ${error}`, step.urn);
      const message = `${kind} hook ${JSON.stringify(name)} failed: ${error}`;
      this.executor.events.diagnostic({ severity: "warning", urn: step.urn, message });
    }
  }

  /** What the hook says went wrong; empty: nothing. */
  private async call(hook: Hook, step: Step, operation: Operation, when: "before" | "after"): Promise<string> {
    const request = new resourcePb.ResourceHookRequest();
    const { old, next } = describe(request, hook, step, operation);
    if (old) request.setOldOutputs(encode(old.outputs, hook));
    if (next && when === "after") request.setNewOutputs(encode(next.outputs, hook));
    const answer = await hook.invoke(request.serializeBinary());
    return resourcePb.ResourceHookResponse.deserializeBinary(answer).getError();
  }

  async attempt<T>(
    step: Step,
    call: () => Promise<T>,
    judge: { failed: (answer: T) => string | undefined; final: (cause: unknown) => boolean },
  ): Promise<T> {
    const operation = operations[step.op];
    const names = operation && bound(step, operation)?.resourceHooks?.["OnError"];
    if (!operation || !names || names.length === 0) return call();
    const failures: string[] = [];
    for (;;) {
      let give: () => T;
      try {
        const answer = await call();
        const failure = judge.failed(answer);
        if (failure === undefined) return answer;
        failures.unshift(failure);
        give = () => answer;
      } catch (cause) {
        if (judge.final(cause)) throw cause;
        failures.unshift(messageOf(cause));
        give = () => {
          throw cause;
        };
      }
      if (failures.length >= attempts) {
        this.warn(step, `maximum number of error hook retries (${attempts}) reached`);
        throw new Diagnosis("maximum number of error hook retries reached", step.urn);
      }
      if (!(await this.another(step, operation, names, failures))) return give();
      this.warn(step, `retrying ${operation} due to on-error hook request (${failures.length}/${attempts})`);
    }
  }

  /** Every hook is asked; one that wants another attempt is enough. */
  private async another(step: Step, operation: Operation, names: string[], failures: string[]): Promise<boolean> {
    let retry = false;
    for (const name of names) {
      const hook = this.errorHooks.get(name);
      if (!hook) throw failedHooks(step, `error hook ${JSON.stringify(name)} was not registered`);
      const request = new resourcePb.ErrorHookRequest();
      const { old } = describe(request, hook, step, operation);
      if (old) request.setOldOutputs(encode(old.outputs, hook));
      request.setFailedOperation(operation);
      request.setErrorsList(failures);
      const answer = await hook.invoke(request.serializeBinary()).catch((cause: unknown) => {
        throw failedHooks(step, `error hook ${JSON.stringify(name)} failed: ${messageOf(cause)}`);
      });
      const response = resourcePb.ErrorHookResponse.deserializeBinary(answer);
      if (response.getError() !== "")
        throw failedHooks(step, `error hook ${JSON.stringify(name)} failed: ${response.getError()}`);
      retry ||= response.getRetry();
    }
    return retry;
  }

  private warn(step: Step, message: string): void {
    this.executor.events.diagnostic({ severity: "warning", urn: step.urn, message });
  }
}

function failedHooks(step: Step, why: string): Diagnosis {
  return new Diagnosis(`error hooks execution failed: ${why}`, step.urn);
}

/** The state whose hooks count: what is to be, or what is to go. */
function bound(step: Step, operation: Operation): ResourceState | undefined {
  return operation === "delete" ? step.old : step.new;
}

type HookRequest = InstanceType<typeof resourcePb.ResourceHookRequest | typeof resourcePb.ErrorHookRequest>;

/** What both kinds of request say of the resource. A replacement's create knows nothing of the old one. */
function describe(
  request: HookRequest,
  hook: Hook,
  step: Step,
  operation: Operation,
): { old: ResourceState | undefined; next: ResourceState | undefined } {
  const old = operation === "create" ? undefined : step.old;
  const next = operation === "delete" ? undefined : step.new;
  request.setUrn(step.urn);
  request.setId((next ?? old)?.id ?? "");
  request.setName(parseUrn(step.urn)?.name ?? "");
  request.setType(step.type);
  if (next) request.setNewInputs(encode(next.inputs, hook));
  if (old) request.setOldInputs(encode(old.inputs, hook));
  if (old) request.setOldOptions(resourceOptions(old));
  if (next) request.setNewOptions(resourceOptions(next));
  return { old, next };
}

function encode(map: PropertyMap, hook: Hook) {
  return encodeStruct(map, { secrets: true, bytes: hook.bytes });
}
