/**
 * Passkeys are for exactly the host of sign-in. An operation that gives it another address in AWS, or a name of the owner's,
 * or takes one away, says before that step what becomes of them, in a preview too, and afterwards which address it is.
 * Prevents nothing: a link always leads in.
 */
import { foundationStack } from "../../stacks/cloud.ts";
import type { FoundationOutputs } from "../../stacks/deploy.ts";
import type { Emit, OperationEvent } from "../../stacks/events.ts";

const addressKind = "aws:lambda/functionUrl:FunctionUrl";
/** A new one is made, or the old one goes. Where both are steps, the first of them is told. */
const moving = ["create", "replace", "create-replacement", "delete", "delete-replaced"];

/** `before` is what is known of the foundation so far: a cloud that has none yet loses no passkey. */
export function tellingOfMoves(emit: Emit, before: FoundationOutputs | undefined): Emit {
  const host = hostOf(before);
  // A local cloud's name stays, whatever address the function behind it has.
  if (host === undefined || host.endsWith(".localhost")) return emit;
  let told = false;
  return (event) => {
    if (!told && moves(event)) {
      told = true;
      const message = `Sign-in gets another address: passkeys are bound to ${host}, and are good for nothing at the new one. After this, "freehold open" gives a link to enrol again.`;
      emit({ type: "note", level: "warning", message, stack: event.stack });
    }
    emit(event);
  };
}

const moves = (event: OperationEvent): event is Extract<OperationEvent, { type: "resource" }> =>
  event.type === "resource" &&
  event.phase === "started" &&
  event.kind === addressKind &&
  event.name === "signin" &&
  moving.includes(event.op);

/** Names of the owner's that lead to sign-in come and go, `from` these `to` those; the function's own address stays. */
export function tellNames(emit: Emit, from: readonly string[], to: readonly string[]): void {
  const say = (level: "info" | "warning", message: string) =>
    emit({ type: "note", level, message, stack: foundationStack });
  const [come] = to.filter((host) => !from.includes(host));
  if (come !== undefined)
    say("info", `Sign-in gets the name ${come} beside the addresses it has: passkeys of those stay good there.`);
  const gone = from.filter((host) => !to.includes(host));
  if (gone.length > 0)
    say(
      "warning",
      `Sign-in loses the name ${gone.join(", ")}: passkeys of it are good for nothing after this, those of its other addresses stay. "freehold open" gives a link to enrol again.`,
    );
}

/** Once it is so, also where no step had said it. */
export function tellMoved(emit: Emit, before: FoundationOutputs | undefined, after: FoundationOutputs): void {
  const [from, to] = [hostOf(before), hostOf(after)];
  if (from === undefined || to === undefined || from === to) return;
  // A name of the owner's beside the function's own address, or another name, which answer as before.
  const beside = (isFunctionUrl(from) && !isFunctionUrl(to)) || after.signinHosts.includes(from);
  const become = beside
    ? `stay good there, and the sign-in page leads there and back to add one for ${to}`
    : `are good for nothing here: "freehold open" gives a link to enrol again`;
  const message = `Sign-in is at ${to} now. Passkeys of ${from} ${become}, "freehold passkey ls" marks the older ones.`;
  emit({ type: "note", level: beside ? "info" : "warning", message, stack: foundationStack });
}

const isFunctionUrl = (host: string): boolean => /\.lambda-url\.[\w-]+\.on\.aws$|\.localhost$/.test(host);

const hostOf = (outputs: FoundationOutputs | undefined): string | undefined =>
  URL.parse(outputs?.signinUrl ?? "")?.hostname;
