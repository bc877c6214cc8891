/** Text of a policy with variables in it: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`. */
import type { Reading } from "./context.ts";

export interface Variable {
  /** As the policy writes it. */
  name: string;
  /** The same in lower case: keys are compared without case. */
  key: string;
  default?: string;
}

export interface Literal {
  text: string;
  /** Whether `*` and `?` in it mean anything where wildcards count. */
  plain: boolean;
}

export type Template = readonly (Variable | Literal)[];

const variable = /\$\{(?:([*?$])|\s*([^{},'\s][^{},']*?)\s*(?:,\s*'([^']*)'\s*)?)\}/g;

/** `variables`: only policies of version 2012-10-17 have them; elsewhere the text stands for itself. */
export function parseTemplate(text: string, variables: boolean): Template {
  const parts: (Variable | Literal)[] = [];
  const literal = (piece: string, plain: boolean): void => {
    if (piece !== "") parts.push({ text: piece, plain });
  };
  let at = 0;
  for (const found of variables ? text.matchAll(variable) : []) {
    literal(text.slice(at, found.index), false);
    at = found.index + found[0].length;
    const [, escaped, name, fallback] = found;
    if (escaped !== undefined) literal(escaped, true);
    else if (name !== undefined)
      parts.push({ name, key: name.toLowerCase(), ...(fallback === undefined ? {} : { default: fallback }) });
  }
  literal(text.slice(at), false);
  return parts;
}

export const isVariable = (part: Variable | Literal): part is Variable => "key" in part;

/** The template's text when it has no variable, else undefined. Escapes have lost their meaning in it. */
export function constantText(template: Template): string | undefined {
  let text = "";
  for (const part of template) {
    if (isVariable(part)) return undefined;
    text += part.text;
  }
  return text;
}

/**
 * The variable's value in this request: of keys with exactly one value, as AWS takes no multivalued key for a variable.
 * Undefined when there is none; what holds the variable then matches nothing.
 */
export function variableValue(part: Variable, reading: Reading): string | undefined {
  const values = reading.values(part.key, part.name);
  return values?.length === 1 ? values[0] : part.default;
}

export function resolvedText(template: Template, reading: Reading): string | undefined {
  return resolvedTemplate(template, reading)
    ?.map(({ text }) => text)
    .join("");
}

/** The same with its variables' values, in which no wildcard counts. */
export function resolvedTemplate(template: Template, reading: Reading): Literal[] | undefined {
  const parts: Literal[] = [];
  for (const part of template) {
    const text = isVariable(part) ? variableValue(part, reading) : part.text;
    if (text === undefined) return undefined;
    parts.push({ text, plain: isVariable(part) || part.plain });
  }
  return parts;
}
