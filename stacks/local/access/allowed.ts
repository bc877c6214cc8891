/**
 * What was allowed to a caller, so that the same question need not be decided again. Only answers that hang on nothing of
 * the request but its action and resource; they go with the caller's policies, whose every change makes a new object.
 */
import type { CompiledPolicy } from "../iam/policy/index.ts";
import type { Caller, CallerPolicies, Need } from "../service.ts";

/** By action and resource: the resource's policy that had its say. */
type Answers = Map<string, CompiledPolicy | undefined>;

const maxAnswers = 500;

export class Allowed {
  readonly #answers = new WeakMap<CallerPolicies, WeakMap<object, Answers>>();

  has(entity: CallerPolicies, caller: Caller, need: Need, resource: CompiledPolicy | undefined): boolean {
    const answers = this.#answers.get(entity)?.get(caller.session ?? entity);
    if (!answers) return false;
    const question = questionOf(need);
    return answers.get(question) === resource && answers.has(question) && isPlain(need);
  }

  add(entity: CallerPolicies, caller: Caller, need: Need, resource: CompiledPolicy | undefined): void {
    if (!isPlain(need)) return;
    const sessions = this.#answers.get(entity) ?? new WeakMap<object, Answers>();
    this.#answers.set(entity, sessions);
    const session = caller.session ?? entity;
    const answers = sessions.get(session) ?? new Map();
    sessions.set(session, answers);
    if (answers.size >= maxAnswers) answers.clear();
    answers.set(questionOf(need), resource);
  }
}

/** Asked by the caller itself, in the way of all services but STS. */
const isPlain = (need: Need): boolean => need.principal === undefined && !need.policyRequired;

const questionOf = ({ action, resource }: Need): string => `${action} ${resource}`;
