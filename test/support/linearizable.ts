/**
 * Whether a history of overlapping operations could have happened one after the other: each at some moment between its
 * call and its answer. The search of Wing and Gong, with what was tried kept, as Lowe has it.
 */
export interface Operation<Input, Output> {
  input: Input;
  output: Output;
  /** Of the call and of the answer, by one clock. */
  called: number;
  answered: number;
}

/** The state after the operation; undefined when it could not have answered so in this state. */
export type Model<State, Input, Output> = (state: State, input: Input, output: Output) => State | undefined;

/** States must be told apart by their JSON. */
export function isLinearizable<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  initial: State,
  model: Model<State, Input, Output>,
): boolean {
  const operations = [...history].sort((a, b) => a.called - b.called);
  const tried = new Set<string>();
  /** All before `from` are done, and those in `ahead` too. */
  const open: { from: number; ahead: ReadonlySet<number>; state: State }[] = [
    { from: 0, ahead: new Set(), state: initial },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { from, ahead, state } = next;
    if (from === operations.length) return true;
    let firstAnswer = Number.POSITIVE_INFINITY;
    for (let at = from; at < operations.length && operations[at]!.called < firstAnswer; at++) {
      if (ahead.has(at)) continue;
      const { input, output, answered } = operations[at]!;
      firstAnswer = Math.min(firstAnswer, answered);
      const after = model(state, input, output);
      if (after === undefined) continue;
      const done = new Set(ahead).add(at);
      let start = from;
      while (done.delete(start)) start++;
      const key = JSON.stringify([start, [...done].sort((a, b) => a - b), after]);
      if (tried.has(key)) continue;
      tried.add(key);
      open.push({ from: start, ahead: done, state: after });
    }
  }
  return false;
}
