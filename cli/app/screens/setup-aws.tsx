/**
 * A cloud in AWS, question by question: `setup` is run, says what it has to know or what it is about to do, and is run
 * again with the answer. Nothing is made before the plan was agreed to.
 */
import { useEffect, useMemo, useState } from "react";
import type { SetupPlan, Way, WaysDocument } from "../../../stacks/deploy.ts";
import type { BudgetEvent, EngineEvent, OperationEvent, RegionEvent } from "../../../stacks/events.ts";
import type { FlagValues } from "../../command.ts";
import { amountOf, isAddress } from "../../ui/budget.ts";
import { createPaint } from "../../ui/paint.ts";
import { wrap } from "../../ui/width.ts";
import { engineWords, isSetupEvent, planLines, type SetupEvent, titleOf } from "../../views/setup.ts";
import { Lines, List, useSelection } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { ScreenParams } from "../params.ts";
import { broken } from "../plain-view.ts";
import { type Answer, useShell } from "../shell.ts";

const title = "a cloud in AWS";

export function SetupAws({ flags: first }: ScreenParams["setup-aws"]) {
  const shell = useShell();
  const [flags, setFlags] = useState<FlagValues>(first);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  const [begun, setBegun] = useState(false);
  useEffect(() => {
    setAnswer(undefined);
    setBegun(false);
    const onEvent = (event: OperationEvent): void => {
      if (event.type === "stack" && !event.preview) setBegun(true);
    };
    // As on a terminal, where what is missing is asked: the question comes as an event, and is answered here.
    void shell.call("setup", [], flags, { interactive: true, onEvent }).then((ended) => {
      // Nothing was missing: the account had it already, or an earlier run had come so far.
      if (ended.exitCode === 0) shell.back();
      else setAnswer(ended);
    });
  }, [shell, flags]);
  const said = (more: FlagValues): void => setFlags({ ...flags, ...more });
  const question = answer?.events.findLast(isSetupEvent);
  if (answer && question && answer.exitCode === 3)
    return <Question question={question} flags={flags} onAnswer={said} />;
  const failed = answer && (answer.events.findLast((event) => event.type === "error") ?? answer.fault);
  return (
    <Screen
      title={title}
      keys={
        answer
          ? [
              { key: "r", label: "try again", does: "ask AWS again", run: () => setFlags({ ...flags }) },
              { key: "w", label: "another way", does: "sign in another way", run: () => setFlags({ ...first }) },
            ]
          : []
      }
    >
      {({ rows, columns }) =>
        failed ? (
          <Lines lines={wrap(faultWords(failed), columns - 2).map((line) => ` ${line}`)} rows={rows} />
        ) : (
          <Say tone="dim">{begun ? ` ${goesOn}` : " asking AWS; nothing is changed"}</Say>
        )
      }
    </Screen>
  );
}

const goesOn = "the account has this cloud already; what is missing of it is made";

interface QuestionProps<What> {
  question: What;
  onAnswer(flags: FlagValues): void;
}

function Question({ question, flags, onAnswer }: QuestionProps<SetupEvent> & { flags: FlagValues }) {
  if (question.type === "ways") return <Ways question={question.ways} onAnswer={onAnswer} />;
  if (question.type === "region") return <Region question={question} onAnswer={onAnswer} />;
  if (question.type === "budget") return <Budget question={question} onAnswer={onAnswer} />;
  if (question.type === "engine") return <Engine question={question} onAnswer={onAnswer} />;
  return <Plan plan={question.plan} flags={flags} />;
}

const budgetSays =
  " AWS mails you when the account has cost half of it, 80 % and all of it. It counts every 8 to 12 hours, and stops nothing.";

/** How much, then whom to mail; nobody to mail is no budget. */
function Budget({ question: { suggested }, onAnswer }: QuestionProps<BudgetEvent>) {
  const [amount, setAmount] = useState<string>();
  if (amount === undefined)
    return (
      <BudgetField
        key="amount"
        first={String(suggested)}
        prompt=" $ a month, or none: "
        fits={(said) => said === "none" || amountOf(said) !== undefined}
        wrong="An amount is written as 5 or 7.50."
        onSaid={(said) => (said === "none" ? onAnswer({ budget: "none" }) : setAmount(said))}
      />
    );
  return (
    <BudgetField
      key="address"
      first=""
      prompt=" Your address: "
      fits={isAddress}
      wrong="An address is written as me@example.com."
      onSaid={(email) => onAnswer({ budget: amount, "budget-email": email })}
      onNone={() => onAnswer({ budget: "none" })}
    />
  );
}

interface BudgetFieldProps {
  first: string;
  prompt: string;
  fits(said: string): boolean;
  wrong: string;
  onSaid(said: string): void;
  onNone?(): void;
}

function BudgetField({ first, prompt, fits, wrong, onSaid, onNone }: BudgetFieldProps) {
  const field = useTextField(first, { active: true });
  const said = field.text.trim();
  const go = (): void => {
    if (said === "") onNone?.();
    else if (fits(said)) onSaid(said);
  };
  const empty = onNone ? { words: "Empty for no budget." } : undefined;
  return (
    <Screen
      title={title}
      typing
      status={said === "" ? empty : fits(said) ? undefined : { words: wrong, tone: "warn" }}
      keys={[{ key: "enter", label: "go on", does: "go on with this", run: go }]}
    >
      {({ columns }) => (
        <>
          <Say wrap="wrap">{" A budget for the account?"}</Say>
          <Say wrap="wrap">{budgetSays}</Say>
          <TextField prompt={prompt} value={field.value} width={columns} active />
        </>
      )}
    </Screen>
  );
}

/** `--profile work` as flags are given to a command. */
function flagOf({ flag }: Way): FlagValues {
  const [name = "", value = ""] = flag.replace(/^--/, "").split(/[ =](.*)/s);
  return { [name]: value };
}

function Ways({ question: { ways, usual, suggested }, onAnswer }: QuestionProps<WaysDocument>) {
  const first = ways.findIndex(({ flag }) => flag === suggested);
  const selection = useSelection(ways.length, { first: Math.max(0, first) });
  const way = ways[selection.at];
  const choose = (): void => {
    if (way && !way.problem) onAnswer(flagOf(way));
  };
  const status = way && [
    way.says,
    way.identity && `Account ${way.identity.accountId}, ${way.identity.arn}.`,
    way.problem && `Cannot be used yet: ${way.problem.says} ${way.problem.next}`,
  ];
  return (
    <Screen
      title={title}
      status={
        status
          ? { words: status.filter(Boolean).join(" "), ...(way.problem ? { tone: "warn" as const } : {}) }
          : undefined
      }
      keys={[
        ...(way?.problem
          ? []
          : [{ key: "enter", label: "sign in this way", does: "go on with this one", run: choose }]),
        // What was wrong is put right in another window.
        { key: "r", label: "look again", does: "look for ways of signing in again", run: () => onAnswer({}) },
      ]}
    >
      {({ rows, columns }) => (
        <>
          <Say>{" Which way of signing in to AWS?"}</Say>
          <List
            selection={selection}
            rows={rows - 1}
            columns={columns}
            row={(at) => `${titleOf(ways[at]!)}${ways[at]!.flag === usual ? "  (as AWS's own tools would)" : ""}`}
          />
        </>
      )}
    </Screen>
  );
}

function Region({ question: { usual, found }, onAnswer }: QuestionProps<RegionEvent>) {
  const field = useTextField(found[0] ?? usual ?? "", { active: true });
  const region = field.text.trim();
  const fits = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(region);
  return (
    <Screen
      title={title}
      typing
      status={fits || region === "" ? undefined : { words: "A region is written as eu-central-1.", tone: "warn" }}
      keys={[{ key: "enter", label: "here", does: "go on with this region", run: () => fits && onAnswer({ region }) }]}
    >
      {({ columns }) => (
        <>
          <Say wrap="wrap">{" Which region of AWS? What is in a cloud stays in its region."}</Say>
          {found.length > 0 ? <Say wrap="wrap">{` The account has this cloud in ${found.join(", ")}.`}</Say> : null}
          <TextField prompt=" Region: " value={field.value} width={columns} active />
        </>
      )}
    </Screen>
  );
}

/** What is here is the first; nothing is fetched by who only presses enter. */
function Engine({ question, onAnswer }: QuestionProps<EngineEvent>) {
  const { found, fetched } = question;
  const engines = [
    {
      engine: "official",
      words: `the official Pulumi ${found?.version ?? fetched}${found ? "" : ", which is fetched"}`,
    },
    { engine: "embedded", words: "Freehold's own engine" },
  ] as const;
  const selection = useSelection(engines.length, { first: found ? 0 : 1 });
  return (
    <Screen
      title={title}
      status={{ words: engineWords(question) }}
      keys={[
        {
          key: "enter",
          label: "this one",
          does: "go on with this engine",
          run: () => onAnswer({ engine: engines[selection.at]!.engine }),
        },
      ]}
    >
      {({ rows, columns }) => (
        <>
          <Say>{" Which engine is to carry it out?"}</Say>
          <List selection={selection} rows={rows - 1} columns={columns} row={(at) => engines[at]!.words} />
        </>
      )}
    </Screen>
  );
}

function Plan({ plan, flags }: { plan: SetupPlan; flags: FlagValues }) {
  const shell = useShell();
  const field = useTextField("", { active: true });
  const said = field.text.trim().toLowerCase();
  const line = { name: "setup", args: [], flags: { ...flags, yes: true } };
  const lines = useMemo(() => planLines(plan, createPaint(false)), [plan]);
  // Whatever does not fit above: whose account it is, and what it costs, are always seen.
  const always = [
    plan.accountId && `Account ${plan.accountId}, ${plan.arn}.`,
    plan.idle && `Idle it costs $${plan.idle.perMonth.toFixed(2)} a month.`,
  ];
  const agree = (): void => {
    if (said === "yes") shell.replace("progress", { line, title: `set up ${plan.name}` });
  };
  return (
    <Screen
      title={title}
      typing
      status={
        said === "" || "yes".startsWith(said)
          ? { words: always.filter(Boolean).join(" ") }
          : { words: "Only yes sets it up; esc leaves it.", tone: "warn" }
      }
      keys={[{ key: "enter", label: "set it up, when yes is typed", does: "make what is listed", run: agree }]}
    >
      {({ rows, columns }) => (
        <>
          <Lines lines={broken(lines, columns - 1).map((line) => ` ${line}`)} rows={Math.max(1, rows - 2)} typing />
          <Say> </Say>
          <TextField prompt=" Type yes to set it up: " value={field.value} width={columns} active />
        </>
      )}
    </Screen>
  );
}
