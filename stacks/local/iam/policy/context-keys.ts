/** The context keys that a policy refers to: in conditions, and as variables. */
import type { PolicyDocument } from "./compile.ts";
import { isVariable, parseTemplate } from "./template.ts";

/** As the policies write them, each once without regard to case, in the order of the documents. */
export function contextKeysOf(documents: readonly PolicyDocument[]): string[] {
  const found = new Map<string, string>();
  const note = (key: string): void => {
    if (!found.has(key.toLowerCase())) found.set(key.toLowerCase(), key);
  };
  for (const document of documents)
    for (const { Resource, NotResource, Condition } of [document.Statement].flat()) {
      const noteVariables = (text: string): void => {
        for (const part of parseTemplate(text, document.Version === "2012-10-17"))
          if (isVariable(part)) note(part.name);
      };
      [Resource ?? NotResource ?? []].flat().forEach(noteVariables);
      for (const [operator, keys] of Object.entries(Condition ?? {}))
        for (const [key, values] of Object.entries(keys)) {
          note(key);
          if (/String|Arn/.test(operator)) [values].flat().map(String).forEach(noteVariables);
        }
    }
  return [...found.values()];
}
