/**
 * What was allowed to a caller, so that the same question need not be decided again. Only answers that hang on nothing of
 * the request but its action and resource, or on the keys of a need that is kept; they go with the caller's policies,
 * whose every change makes a new object.
 */
import type { CompiledPolicy } from "../iam/policy/index.ts";
import type { Caller, CallerPolicies, Need } from "../service.ts";
import type { RequestContext } from "./context.ts";

/** By action and resource: the resource's policy that had its say. */
type Answers = Map<string, CompiledPolicy | undefined>;

/** To whom, and by which policy of the resource, a kept need was allowed last. */
interface Last {
  entity: CallerPolicies | null;
  session: object | null;
  resource: CompiledPolicy | undefined;
}

const maxAnswers = 500;

export class Allowed {
  readonly #answers = new WeakMap<CallerPolicies, WeakMap<object, Answers>>();
  readonly #last = new WeakMap<Need, Last>();

  has(entity: CallerPolicies | null, caller: Caller | null, need: Need, resource: CompiledPolicy | undefined): boolean {
    if (!isAnswerable(entity, caller) || !isPlain(need)) return false;
    const session = caller?.session ?? entity;
    const last = need.kept && this.#last.get(need);
    if (last && last.entity === entity && last.session === session && last.resource === resource) return true;
    const answers = entity && this.#answers.get(entity)?.get(session!);
    if (!answers) return false;
    const question = questionOf(need);
    return answers.get(question) === resource && answers.has(question);
  }

  /** `context`: what the decision asked for. */
  add(
    entity: CallerPolicies | null,
    caller: Caller | null,
    need: Need,
    resource: CompiledPolicy | undefined,
    context: RequestContext,
  ): void {
    if (context.askedOfRequest || !isAnswerable(entity, caller) || !isPlain(need)) return;
    const session = caller?.session ?? entity;
    if (need.kept) this.#last.set(need, { entity, session, resource });
    if (!entity || context.askedOfNeed) return;
    const sessions = this.#answers.get(entity) ?? new WeakMap<object, Answers>();
    this.#answers.set(entity, sessions);
    const answers = sessions.get(session!) ?? new Map();
    sessions.set(session!, answers);
    if (answers.size >= maxAnswers) answers.clear();
    answers.set(questionOf(need), resource);
  }
}

/** Everybody who signs nothing is one caller; the root user has no policies that could tell when it changes. */
const isAnswerable = (entity: CallerPolicies | null, caller: Caller | null): boolean =>
  caller === null || entity !== null;

/** Asked by the caller itself, in the way of all services but STS. */
const isPlain = (need: Need): boolean => need.principal === undefined && !need.policyRequired;

const questionOf = ({ action, resource }: Need): string => `${action} ${resource}`;
