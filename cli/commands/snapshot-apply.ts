/**
 * `snapshot apply`: what would come is shown, a person says yes in full, and is asked for secrets by name; each answer starts
 * the operation again. Without a terminal it ends with code 3 and says what to type.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { OperationEvent, SecretsNeededEvent } from "../../stacks/events.ts";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import type { NewOperation } from "../operations/start.ts";
import { digests, start } from "./operation.ts";

type Request = Omit<NewOperation, "command" | "cwd">;

export async function run(input: Input): Promise<Outcome> {
  const { flags } = input;
  const from = input.args[0]!;
  const first: Request = {
    ...{ operation: "apply", from },
    ...digests(input, "snapshot apply"),
    ...(flags["dry-run"] === true ? { dryRun: true } : {}),
    ...(flags["update"] === true ? { update: true } : {}),
  };
  return input.interactive ? converse(input, first, from) : start(input, first, {});
}

/** Asked in this order; an operation that ends with one of these says why in its error. */
const unanswered: readonly string[] = ["snapshot-unagreed", "snapshot-secrets"];

async function converse(input: Input, first: Request, from: string): Promise<Outcome> {
  // What is said yes to is what was shown: a file that changes meanwhile is another.
  const digest = await digestOf(resolve(input.cwd, from));
  let request: Request = { ...first, ask: true, ...(digest === undefined ? {} : { expect: digest }) };
  let asked = input;
  for (;;) {
    const held: OperationEvent[] = [];
    const needed: SecretsNeededEvent[] = [];
    const emit: Input["emit"] = (event) => {
      if (event.type === "secrets-needed") needed.push(event);
      if (held.length > 0 || (event.type === "error" && unanswered.includes(event.code))) held.push(event);
      else input.emit(event);
    };
    const outcome = await start({ ...asked, interactive: false, emit }, request, {});
    const [why] = held;
    if (why?.type !== "error") return outcome;
    if (why.code === "snapshot-unagreed" && digest !== undefined && request.accept === undefined) {
      await agree(input);
      request = { ...request, accept: digest };
    } else if (needed[0] && asked.secrets === undefined) asked = { ...input, secrets: await askAll(input, needed[0]) };
    else {
      for (const event of held) input.emit(event);
      return outcome;
    }
  }
}

async function agree(input: Input): Promise<void> {
  const answer = await input.ask("Type yes to bring up all of this: ");
  if (answer.trim().toLowerCase() !== "yes") throw faults.declined();
}

/** Nothing of one that cannot be read: the operation says so. */
async function digestOf(at: string): Promise<string | undefined> {
  const { snapshotAt, snapshotDigest } = await import("../snapshot.ts");
  return readFile(await snapshotAt(at)).then(snapshotDigest, () => undefined);
}

/** By `APP/NAME`. Nothing said is none, where an app can be without. */
async function askAll(input: Input, { secrets }: SecretsNeededEvent): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const { app, secret, required } of secrets) {
    const question = `${app}: ${secret}${required ? "" : " (enter leaves it out)"}: `;
    let answer = "";
    do answer = await input.ask(question, { hidden: true });
    while (answer === "" && required);
    if (answer !== "") answers[`${app}/${secret}`] = answer;
  }
  return answers;
}
