/**
 * The expression parameters of a request, and the parameters that came before them (Expected, AttributeUpdates,
 * KeyConditions, QueryFilter, ScanFilter, AttributesToGet): both become the same trees, so the rest knows one kind.
 */
import { invalidValue, validation } from "./errors.ts";
import { parseCondition } from "./expressions/condition.ts";
import { Bindings, parsing } from "./expressions/parser.ts";
import { parseProjection } from "./expressions/projection.ts";
import type { Action, Condition, Path } from "./expressions/tree.ts";
import { parseUpdate } from "./expressions/update.ts";
import { type KeyConditions, keyConditionsOf } from "./key-conditions.ts";
import { expectedCondition, filterCondition, legacyKeyConditions, updatesOf } from "./legacy.ts";

export interface Parsed {
  condition?: Condition;
  filter?: Condition;
  /** True when `filter` came from QueryFilter or ScanFilter. */
  legacyFilter?: boolean;
  actions?: Action[];
  keyConditions?: KeyConditions;
  projection?: Path[];
}

/** The two ways may not be mixed, and names and values need an expression. */
export function checkParameters(input: any, expressions: readonly string[], legacy: readonly string[]): void {
  const used = expressions.filter((name) => input[name] !== undefined);
  if (used.length > 0) {
    const keyConditions = input.KeyConditions !== undefined && input.KeyConditionExpression === undefined;
    const mixed = legacy.filter((name) => input[name] !== undefined && !(name === "KeyConditions" && keyConditions));
    if (mixed.length > 0)
      throw validation(
        `Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {${mixed.join(", ")}} Expression parameters: {${used.join(", ")}}`,
      );
  } else if (input.ExpressionAttributeNames !== undefined)
    throw validation("ExpressionAttributeNames can only be specified when using expressions");
  const withValues = expressions.filter((name) => name !== "ProjectionExpression");
  if (input.ExpressionAttributeValues !== undefined && withValues.every((name) => input[name] === undefined))
    throw validation(
      `ExpressionAttributeValues can only be specified when using expressions: ${withValues.join(" and ")} ${withValues.length > 1 ? "are" : "is"} null`,
    );
}

/** Parses whatever is there; each name and value must have been used at the end. */
export function parseParameters(input: any): Parsed {
  const bindings = new Bindings(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const parse = <T>(parameter: string, parser: (text: string, bindings: Bindings) => T): T | undefined =>
    input[parameter] === undefined ? undefined : parsing(parameter, () => parser(input[parameter], bindings));

  const parsed: Parsed = {
    actions: parse("UpdateExpression", parseUpdate) ?? updatesOf(input.AttributeUpdates),
    condition:
      parse("ConditionExpression", parseCondition) ?? expectedCondition(input.Expected, input.ConditionalOperator),
  };
  const keyCondition = parse("KeyConditionExpression", parseCondition);
  parsed.filter = parse("FilterExpression", parseCondition);
  parsed.projection = parse("ProjectionExpression", parseProjection) ?? attributesToGet(input.AttributesToGet);
  bindings.checkUsed();
  parsed.keyConditions = keyCondition ? keyConditionsOf(keyCondition) : legacyKeyConditions(input.KeyConditions);
  const legacy = input.QueryFilter ?? input.ScanFilter;
  if (legacy !== undefined) {
    parsed.filter = filterCondition(legacy, input.ConditionalOperator);
    parsed.legacyFilter = true;
  }
  return parsed;
}

function attributesToGet(names: string[] | undefined): Path[] | undefined {
  const twice = names?.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw invalidValue(`Duplicate value in attribute name: ${twice}`);
  return names?.map((name) => [name]);
}
