/**
 * `setup`: flags to a request. On a terminal it asks for what is missing, one thing at a time, and runs the operation
 * again with the answer; nothing is held while somebody thinks. Elsewhere a missing answer ends it with code 3.
 */
import type { SaidBudget, WaysDocument } from "../../stacks/deploy.ts";
import type { EngineEvent, OperationEvent, RegionEvent, ResultEvent } from "../../stacks/events.ts";
import { readClouds } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { readApps } from "../registry.ts";
import type { SignIn } from "../signing-in/ways.ts";
import { amountOf, isAddress } from "../ui/budget.ts";
import { isSetupEvent, type SetupEvent } from "../views/setup.ts";
import { goOnWith } from "./engine-use.ts";
import { refreshed, start } from "./operation.ts";

/** What the flags say, and what was answered since. */
interface Said {
  target?: "local" | "aws";
  region?: string;
  cloud?: string;
  profile?: string;
  signIn?: SignIn;
  agreed?: boolean;
  ask?: boolean;
  noHome?: boolean;
  raiseConcurrency?: boolean;
  budget?: SaidBudget;
  engine?: Engine;
  refresh?: true;
}

type Engine = "official" | "embedded";

export async function run(input: Input): Promise<Outcome> {
  const said = saidBy(input);
  if (said.region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(said.region))
    throw faults.badFlag("setup", "--region", "is a region of AWS, as eu-central-1");
  if (said.profile !== undefined && said.signIn !== undefined)
    throw faults.badFlag("setup", "--sign-in", "and --profile are two ways; one is enough");
  if (!input.interactive) return setUp(input, said);
  const asked = await askWhatAndWhere(input, said);
  if (!asked) return setUp(input, said);
  if (asked.target !== "aws") return setUpHere(input, asked);
  return withEngine(input, (one) => converse(one, { ...asked, ask: true }));
}

const setUp = (input: Input, said: Said): Promise<Outcome> =>
  withEngine(input, async (one) => ({ said, done: await start(one, { operation: "setup", ...said }) }));

/**
 * And with the engine that was asked for, once the cloud is there: two operations that end in one result, that of the
 * setup, or of what failed.
 */
async function withEngine(
  input: Input,
  make: (input: Input) => Promise<{ said: Said; done: Outcome }>,
): Promise<Outcome> {
  const results: ResultEvent[] = [];
  const emit: Input["emit"] = (event) => void (event.type === "result" ? results.push(event) : input.emit(event));
  const { said, done } = await make({ ...input, emit });
  const flags = said.agreed ? { ...input.flags, yes: true } : input.flags;
  const engine = done.exitCode === 0 ? said.engine : undefined;
  const last = engine && (await goOnWith({ ...input, emit, flags }, nameOf(said), engine));
  const told = results.find(({ ok }) => !ok) ?? results[0];
  if (told) input.emit(told);
  return last ?? done;
}

const nameOf = ({ cloud, target, profile, signIn }: Said): string =>
  cloud ?? (target === "aws" || profile !== undefined || signIn !== undefined ? "aws" : "home");

function saidBy(input: Input): Said {
  const { flags } = input;
  const target = text(flags, "target") as Said["target"];
  const signIn = text(flags, "sign-in") as SignIn | undefined;
  const budget = budgetOf(text(flags, "budget"), text(flags, "budget-email"));
  const [region, cloud, profile] = [text(flags, "region"), text(flags, "name"), text(flags, "profile")];
  const engine = text(flags, "engine") as Engine | undefined;
  return {
    ...(target ? { target } : {}),
    ...(region ? { region } : {}),
    ...(cloud ? { cloud } : {}),
    ...(profile ? { profile } : {}),
    ...(signIn ? { signIn } : {}),
    ...(flags["yes"] === true ? { agreed: true } : {}),
    ...(flags["no-home"] === true ? { noHome: true } : {}),
    ...refreshed(input),
    ...(budget ? { budget } : {}),
    ...(flags["raise-concurrency"] === true ? { raiseConcurrency: true } : {}),
    ...(engine ? { engine } : {}),
  };
}

/** Of flags. Throws `flag-invalid`. */
function budgetOf(amount: string | undefined, email: string | undefined): SaidBudget | undefined {
  if (email !== undefined && !isAddress(email))
    throw faults.badFlag("setup", "--budget-email", "is an address AWS can mail, as me@example.com");
  if (email !== undefined && (amount === undefined || amount === "none"))
    throw faults.badFlag("setup", "--budget-email", "goes with --budget AMOUNT");
  if (amount === undefined || amount === "none") return amount;
  const perMonth = amountOf(amount);
  if (perMonth === undefined)
    throw faults.badFlag("setup", "--budget", "is an amount in US dollars a month, as 5 or 7.50, or none");
  return { perMonth, ...(email === undefined ? {} : { email }) };
}

/** Target and name of a new cloud; undefined when what is meant is there already. */
async function askWhatAndWhere(input: Input, said: Said): Promise<Said | undefined> {
  const { clouds } = await readClouds(input.paths);
  const isThere = (name: string): boolean => clouds.some((cloud) => cloud.name === name);
  const signsIn = said.profile !== undefined || said.signIn !== undefined;
  if (isThere(nameOf(said))) return undefined;
  const target = said.target ?? (signsIn ? "aws" : await askTarget(input));
  const usual = target === "aws" ? "aws" : "home";
  const cloud = said.cloud ?? ((await input.ask(`Its name [${usual}]: `)).trim() || usual);
  return { ...said, target, cloud };
}

async function askTarget(input: Input): Promise<"local" | "aws"> {
  for (;;) {
    const answer = (
      await input.ask("Where is the cloud to be: 1 on this computer, 2 in your AWS account [1]: ")
    ).trim();
    if (answer === "" || answer === "1") return "local";
    if (answer === "2") return "aws";
  }
}

async function setUpHere(input: Input, said: Said): Promise<Outcome> {
  const done = await setUp(input, said);
  const { cloud = "home" } = said;
  if (done.exitCode !== 0 || readApps(input.paths, cloud).some(({ name }) => name !== "home")) return done;
  const answer = await input.ask("Install the app notes in it now? [Y/n] ");
  if (!/^(y(es)?)?$/i.test(answer.trim())) return done;
  return start(input, { operation: "up", ref: "notes", cloud });
}

/** Runs it until nothing is missing any more. */
async function converse(input: Input, first: Said): Promise<{ said: Said; done: Outcome }> {
  for (let said = first; ; ) {
    const held = new Held(input);
    const done = await start({ ...input, emit: held.emit }, { operation: "setup", ...said });
    const question = done.exitCode === 3 ? held.question : undefined;
    if (!question) {
      held.release();
      return { said, done };
    }
    input.emit(question);
    said = { ...said, ...(await answerTo(input, question)) };
  }
}

/** Events of a run that may turn out to be a question: shown from the moment at which it is none. */
class Held {
  readonly #input: Input;
  #events: OperationEvent[] | undefined = [];
  question: SetupEvent | undefined;

  constructor(input: Input) {
    this.#input = input;
  }

  readonly emit = (event: OperationEvent): void => {
    if (isSetupEvent(event) && (event.type !== "setup-plan" || event.needed)) this.question = event;
    if (event.type === "stack") this.release();
    if (this.#events) this.#events.push(event);
    else this.#input.emit(event);
  };

  release(): void {
    const events = this.#events ?? [];
    this.#events = undefined;
    for (const event of events) this.#input.emit(event);
  }
}

/** Nobody to mail is no budget. */
async function askBudget(input: Input, suggested: number): Promise<SaidBudget> {
  for (;;) {
    const said = (await input.ask(`At which cost a month shall AWS mail you, in $, or none [${suggested}]: `)).trim();
    const perMonth = said === "" ? suggested : amountOf(said);
    if (said.toLowerCase() === "none") return "none";
    if (perMonth !== undefined) return askAddress(input, perMonth);
  }
}

async function askAddress(input: Input, perMonth: number): Promise<SaidBudget> {
  for (;;) {
    const email = (await input.ask("Your address, for that mail; empty for no budget: ")).trim();
    if (email === "") return "none";
    if (isAddress(email)) return { perMonth, email };
  }
}

async function answerTo(input: Input, question: SetupEvent): Promise<Said> {
  if (question.type === "ways") return askWay(input, question.ways);
  if (question.type === "region") return { region: await askRegion(input, question) };
  if (question.type === "budget") return { budget: await askBudget(input, question.suggested) };
  if (question.type === "engine") return { engine: await askEngine(input, question) };
  if (!isYes(await input.ask("Set it up? [y/N] "))) throw faults.declined();
  const { checks, name } = question.plan;
  // What doctor would advise, while somebody is here to say yes; no flag says it for them.
  const few = checks.find(({ id, state }) => id === "aws-concurrency" && state === "warn");
  if (!few || input.flags["raise-concurrency"] === true) return { agreed: true };
  return {
    agreed: true,
    raiseConcurrency: isYes(await input.ask(`Ask AWS for more functions at once for ${name}? [y/N] `)),
  };
}

const isYes = (answer: string): boolean => /^y(es)?$/i.test(answer.trim());

async function askWay(input: Input, { ways, ...told }: WaysDocument): Promise<Said> {
  const suggested = ways.findIndex(({ flag }) => flag === told.suggested);
  const hint = suggested >= 0 ? ` [${suggested + 1}]` : "";
  for (;;) {
    const answer = (await input.ask(`Which one, 1 to ${ways.length}${hint}: `)).trim();
    const way = ways[answer === "" ? suggested : Number(answer) - 1];
    if (way) return way.profile === undefined ? { signIn: way.kind as SignIn } : { profile: way.profile };
  }
}

/** What is here is taken unless somebody says no; fetched is what somebody says yes to. */
async function askEngine(input: Input, { found }: EngineEvent): Promise<Engine> {
  const answer = (await input.ask(found ? "Use it? [Y/n] " : "Fetch it? [y/N] ")).trim();
  return isYes(answer) || (answer === "" && found) ? "official" : "embedded";
}

async function askRegion(input: Input, { usual, found }: RegionEvent): Promise<string> {
  const suggested = found[0] ?? usual ?? "";
  for (;;) {
    const answer = (
      await input.ask(`Which region of AWS${suggested ? ` [${suggested}]` : ", as eu-central-1"}: `)
    ).trim();
    const region = answer || suggested;
    if (/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(region)) return region;
  }
}
