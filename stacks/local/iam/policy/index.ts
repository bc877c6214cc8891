/**
 * The policy evaluator's door. Once for a document: `compilePolicy`. For every request: `evaluate`, and `denialMessage`
 * when it says no. Before a document is stored: `checkIdentityPolicy`, `checkTrustPolicy`, `checkResourcePolicy`.
 */
export { type CompiledPolicy, type CompiledStatement, compilePolicy, type PolicyDocument } from "./compile.ts";
export { type Context, contextOf } from "./context.ts";
export { contextKeysOf } from "./context-keys.ts";
export {
  type AccessRequest,
  type Decision,
  evaluate,
  type KindVerdict,
  type MatchedStatement,
  type Policies,
  type PolicyKind,
} from "./evaluate.ts";
export { checkIdentityPolicy, checkResourcePolicy } from "./grammar.ts";
export { denialMessage, type MessageForm } from "./message.ts";
export { type Span, statementSpans } from "./positions.ts";
export type { Principal } from "./principals.ts";
export { PolicySyntaxError } from "./syntax-error.ts";
export { checkTrustPolicy } from "./trust-grammar.ts";
