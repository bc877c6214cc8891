/**
 * On a terminal, what an operation ended for want of is asked, and the operation runs again with the answer: the settings
 * an app cannot be without, a token, a yes in full to what it is and reaches, a yes to what is in the way of a name.
 * Nothing is held while a person thinks. Anywhere else, with `--yes` too, it ends with code 3 and says what to type.
 */
import type { CardSetting } from "../../blueprints/card.ts";
import { readSetting } from "../../blueprints/setting-value.ts";
import type { ConsentEvent, ErrorEvent, LossEvent, OperationEvent, SettingsNeededEvent } from "../../stacks/events.ts";
import type { Input } from "../command.ts";
import { faults } from "../errors.ts";
import type { OperationAnswers } from "../operations/request.ts";
import type { NewOperation } from "../operations/start.ts";
import { safeText } from "../safe-text.ts";
import { settingTitle } from "../ui/setting.ts";

type Question = ConsentEvent | LossEvent | SettingsNeededEvent | ErrorEvent;
type Run = (input: Input, request: NewOperation, answers: OperationAnswers) => Promise<number>;

/** With which error an operation ends that asks this. */
const unanswered: Record<Question["type"], readonly string[]> = {
  consent: ["consent-needed"],
  loss: ["loss-unanswered", "loss-differs"],
  "settings-needed": ["setting-missing", "secret-missing", "cloudflare-token-needed", "cloudflare-token-refused"],
  // It is the question itself: it shows what is in the way.
  error: ["domain-records-there"],
};

/** Answers with the exit code of the last run. Throws `declined`, and what `run` throws. */
export async function converse(input: Input, first: NewOperation, said: OperationAnswers, run: Run): Promise<number> {
  if (!input.interactive) return run(input, first, said);
  let [request, answers] = [first, said];
  for (;;) {
    const held = new Held(input);
    const code = await run({ ...input, emit: held.emit }, request, answers);
    const question = held.question();
    if (!question) {
      held.release();
      return code;
    }
    if (question.type === "consent") request = { ...request, accept: await askConsent(input, question) };
    else if (question.type === "loss") request = { ...request, lose: await askLoss(input, question) };
    else if (question.type === "error") {
      if (!(await askRecords(input, question))) {
        held.release();
        return code;
      }
      request = { ...request, domain: { ...request.domain!, replaces: true } };
    } else answers = await askSettings(input, question, answers);
  }
}

/** How a run that asked something ended is shown only when nobody answers. */
class Held {
  readonly #input: Input;
  readonly #asked: Question[] = [];
  readonly #events: OperationEvent[] = [];

  constructor(input: Input) {
    this.#input = input;
  }

  readonly emit = (event: OperationEvent): void => {
    if (asks(event)) this.#asked.push(event);
    if (this.#asked.length > 0 && (event.type === "error" || event.type === "result")) this.#events.push(event);
    else this.#input.emit(event);
  };

  /** The one thing it ended for want of; with several there is no one answer. */
  question(): Question | undefined {
    const [one, ...more] = this.#asked;
    if (!one || more.length > 0) return undefined;
    const ended = this.#events.some((event) => event.type === "error" && unanswered[one.type].includes(event.code));
    return ended ? one : undefined;
  }

  release(): void {
    for (const event of this.#events) this.#input.emit(event);
  }
}

function asks(event: OperationEvent): event is Question {
  if (event.type === "consent" || event.type === "loss") return event.needed;
  if (event.type === "error") return unanswered.error.includes(event.code);
  return event.type === "settings-needed";
}

async function askConsent(input: Input, { consent }: ConsentEvent): Promise<string> {
  const answer = await input.ask(`Type yes to accept this for ${consent.app}: `);
  if (answer.trim().toLowerCase() !== "yes") throw faults.declined();
  return consent.digest;
}

async function askLoss(input: Input, { loss }: LossEvent): Promise<string> {
  const answer = await input.ask(`Type yes to bring the data of ${loss.app} back and lose this: `);
  if (answer.trim().toLowerCase() !== "yes") throw faults.declined();
  return loss.digest;
}

/** What may go is shown with the question. */
async function askRecords(input: Input, { summary, detail }: ErrorEvent): Promise<boolean> {
  const shown = safeText(`${summary}. ${detail ?? ""}`, { lines: true });
  const answer = await input.ask(`${shown}\nLet these records go when what takes their place is ready? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

async function askSettings(
  input: Input,
  { settings }: SettingsNeededEvent,
  before: OperationAnswers,
): Promise<OperationAnswers> {
  const [plain, secret]: Record<string, string>[] = [{ ...before.settings }, { ...before.secrets }];
  for (const setting of settings)
    (setting.type === "secret" ? secret : plain)![setting.name] = await askSetting(input, setting);
  return { ...before, settings: plain!, secrets: secret! };
}

/** Until it fits; what is wrong stands above the next question. */
async function askSetting(input: Input, setting: CardSetting): Promise<string> {
  const question = `${settingTitle(setting)}${setting.type === "boolean" ? " (true or false)" : ""}: `;
  for (let wrong = ""; ; ) {
    const text = await input.ask(`${wrong}${question}`, { hidden: setting.type === "secret" });
    const read = text === "" ? { why: "is needed; ctrl-c leaves" } : readSetting(setting, text);
    if (!("why" in read)) return text;
    wrong = `${safeText(`${setting.name} ${read.why}.`)}\n`;
  }
}
