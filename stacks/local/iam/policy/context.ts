/** What is known of a request beside who asks for what: condition keys, compared without case, each with its values. */

export interface Context {
  /** `key` in lower case. Undefined, or nothing in the list: the request does not have the key. */
  get(key: string): readonly string[] | undefined;
}

/** Keys as anyone writes them; a later key replaces one that differs in case only. */
export function contextOf(entries: Readonly<Record<string, string | readonly string[]>>): Context {
  return new Map(
    Object.entries(entries).map(([key, value]) => [key.toLowerCase(), typeof value === "string" ? [value] : value]),
  );
}

/** One evaluation's reading of the context: values, and the keys that were asked for and are not there. */
export class Reading {
  readonly #context: Context;
  /** Lower case -> as the policy writes it. Made with the first one: most requests miss none. */
  #missing: Map<string, string> | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** `name` as the policy writes it, `key` the same in lower case. */
  values(key: string, name: string): readonly string[] | undefined {
    const values = this.#context.get(key);
    if (values !== undefined && values.length > 0) return values;
    this.#missing ??= new Map();
    if (!this.#missing.has(key)) this.#missing.set(key, name);
    return undefined;
  }

  get missing(): string[] {
    return this.#missing ? [...this.#missing.values()] : [];
  }
}
