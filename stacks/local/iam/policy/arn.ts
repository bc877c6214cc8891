/** ARNs against patterns of ARNs: in conditions each of the six parts is compared by itself. */
import { compilePattern, type Pattern } from "./pattern.ts";
import { isVariable, type Literal, resolvedTemplate, type Template, type Variable } from "./template.ts";

/** `arn`, partition, service, region, account, and all of the rest. Undefined when there are fewer. */
export function partsOf(arn: string): string[] | undefined {
  const parts = arn.split(":");
  if (parts.length < 6) return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** The account an ARN names; undefined for ARNs without one (S3's) and for AWS's own policies. */
export function accountOf(arn: string): string | undefined {
  const account = partsOf(arn)?.[4] ?? "";
  return /^\d{12}$/.test(account) ? account : undefined;
}

/** As ArnEquals and ArnLike compare; the two are the same. */
export function compileArn(template: Template): Pattern {
  if (!template.some(isVariable)) return comparing(completed(template));
  return (subject, reading) => {
    const resolved = resolvedTemplate(template, reading);
    return resolved !== undefined && comparing(resolved)(subject, reading);
  };
}

/** Of a template without variables. */
function comparing(template: Template): Pattern {
  const patterns = splitTemplate(template).map(compilePattern);
  return (subject, reading) =>
    partsOf(subject)?.every((part, index) => patterns[index]?.(part, reading) === true) === true;
}

/** AWS fills an ARN of fewer than six parts with stars. What a variable will bring is not known, so it stays as it is. */
export function completed(template: Template): Template {
  if (template.length === 0 || template.some(isVariable)) return template;
  const colons = template.reduce((sum, part) => sum + partsIn(part) - 1, 0);
  if (colons >= 5) return template;
  return [...template, { text: ":*".repeat(5 - colons), plain: false }];
}

const partsIn = (part: Literal | Variable): number => (isVariable(part) ? 1 : part.text.split(":").length);

/** At its first five colons. */
function splitTemplate(template: Template): Template[] {
  const parts: Literal[][] = [[]];
  for (const piece of template) {
    if (isVariable(piece)) continue;
    const texts = piece.text.split(":");
    while (texts.length > 1 && parts.length < 6) {
      parts.at(-1)?.push({ text: texts.shift() ?? "", plain: piece.plain });
      parts.push([]);
    }
    parts.at(-1)?.push({ text: texts.join(":"), plain: piece.plain });
  }
  return parts;
}
