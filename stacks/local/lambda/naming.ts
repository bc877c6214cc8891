/** Names, ARNs and qualifiers of functions, in every form the API takes them. Knows no record. */
import type { LocalCloud } from "../service.ts";
import { invalid, validation } from "./errors.ts";

export interface FunctionRef {
  name: string;
  /** `$LATEST`, a number or an alias; undefined when nobody said. */
  qualifier: string | undefined;
}

const pattern =
  "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const expression = new RegExp(`^${pattern}$`);
const qualifierPattern = "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";
const qualifierExpression = new RegExp(`^(?:${qualifierPattern})$`);

/** From the path's name (name, partial ARN or ARN, perhaps with a qualifier) and the query's Qualifier. */
export function parseFunction(raw: string, qualifier?: string | null): FunctionRef {
  const match = raw.length <= 256 ? expression.exec(raw) : null;
  if (!match)
    throw validation([
      `Value '${raw}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
    ]);
  if (qualifier && (qualifier.length > 128 || !qualifierExpression.test(qualifier)))
    throw validation([
      `Value '${qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ${qualifierPattern}`,
    ]);
  const inName = match[13];
  if (inName !== undefined && qualifier && inName !== qualifier)
    throw invalid("The derived qualifier from the function name does not match the specified qualifier.");
  return { name: match[11]!, qualifier: qualifier || inName || undefined };
}

export function arnOf(cloud: LocalCloud, name: string, qualifier?: string): string {
  const { region, accountId } = cloud.options;
  return `arn:aws:lambda:${region}:${accountId}:function:${name}${qualifier ? `:${qualifier}` : ""}`;
}
