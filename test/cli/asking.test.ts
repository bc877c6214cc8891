/** What a command on a terminal asks when its operation has ended for want of an answer, and what it runs again with. */
import { expect, it } from "vitest";
import type { CardSetting } from "../../blueprints/card.ts";
import type { Input } from "../../cli/command.ts";
import { converse } from "../../cli/commands/asking.ts";
import type { OperationAnswers } from "../../cli/operations/request.ts";
import type { NewOperation } from "../../cli/operations/start.ts";
import type { OperationEvent } from "../../stacks/events.ts";

const digest = `sha256:${"a".repeat(64)}`;
const days: CardSetting = { name: "days", type: "number", required: true, pattern: "^(1|7)$" };
const token: CardSetting = { name: "token", label: "Token\u001b[2J", type: "secret", required: true, pattern: "^ghp_" };
const needed = (...settings: CardSetting[]): OperationEvent => ({ type: "settings-needed", app: "counter", settings });
const consent = { type: "consent", stack: "counter", needed: true, consent: { app: "counter", digest } };
const ended = (code: string): OperationEvent => ({ type: "error", code, summary: code });

const up = { operation: "up", ref: "./counter" };

/** What each run tells, in order; what was asked and answered, what it ran with, and what was shown. */
async function conversation(runs: unknown[][], typed: string[], interactive = true, first: object = up) {
  const asked: [question: string, hidden: boolean | undefined][] = [];
  const shown: string[] = [];
  const ranWith: { request: NewOperation; answers: OperationAnswers }[] = [];
  const input = {
    interactive,
    emit: ({ type }: OperationEvent) => shown.push(type),
    ask: async (question: string, options?: { hidden?: boolean }) => {
      asked.push([question, options?.hidden]);
      return typed.shift()!;
    },
  } as unknown as Input;
  const code = await converse(
    input,
    first as NewOperation,
    { settings: { greeting: "Hi" } },
    async (one, request, answers) => {
      ranWith.push({ request, answers });
      const events = runs.shift()!;
      for (const event of events) one.emit(event as OperationEvent);
      return events.length > 1 ? 3 : 0;
    },
  );
  return { code, asked, shown, ranWith };
}

// Who types `up` and is told to type it again with three flags goes away.
it("settings that are needed are asked one by one until they fit, secrets unseen, and kept through what is asked next", async () => {
  const runs = [
    [needed(days, token), ended("setting-missing")],
    [consent, ended("consent-needed")],
    [{ type: "result" }],
  ];
  const typed = ["", "5", "7", "hunter22", "ghp_x", "yes"];
  const { code, asked, shown, ranWith } = await conversation(runs, typed);
  expect(asked).toEqual([
    ["days: ", false],
    ["days is needed; ctrl-c leaves.\ndays: ", false],
    ["days has to be one of 1, 7.\ndays: ", false],
    ["Token: ", true],
    ["token does not meet ^ghp_ (Token).\nToken: ", true],
    ["Type yes to accept this for counter: ", undefined],
  ]);
  expect(ranWith.map(({ answers }) => answers)).toEqual([
    { settings: { greeting: "Hi" } },
    { settings: { greeting: "Hi", days: "7" }, secrets: { token: "ghp_x" } },
    { settings: { greeting: "Hi", days: "7" }, secrets: { token: "ghp_x" } },
  ]);
  expect(ranWith.map(({ request }) => request.accept)).toEqual([undefined, undefined, digest]);
  expect(JSON.stringify(ranWith.map(({ request }) => request))).not.toContain("ghp_x");
  expect([code, shown]).toEqual([0, ["settings-needed", "consent", "result"]]);
});

// What may go is seen before somebody says that it may; a token is typed unseen, and only once.
it("a name's token is asked unseen, and then what is in its way, which is shown with the question", async () => {
  const variable = "CLOUDFLARE_API_TOKEN";
  const asks: CardSetting = { name: variable, label: "API token", type: "secret", required: true, pattern: "^[!-~]+$" };
  const there = { ...ended("domain-records-there"), detail: "notes.example.com A 192.0.2.7.\u001b[2J" };
  const runs = [
    [needed(asks), ended("cloudflare-token-needed"), { type: "result" }],
    [there, { type: "result" }],
    [{ type: "result" }],
  ];
  const request = { operation: "domain", domain: { action: "add", host: "notes.example.com", replaces: false } };
  const typed = ["a b", "abc", "y"];
  const { code, asked, shown, ranWith } = await conversation(runs, typed, true, request);
  expect(asked).toEqual([
    ["API token: ", true],
    [expect.stringMatching(/^CLOUDFLARE_API_TOKEN does not meet .*\nAPI token: $/), true],
    [expect.stringMatching(/192\.0\.2\.7[^\u001b]*\nLet these records go .*\[y\/N\] $/), undefined],
  ]);
  expect(ranWith.map(({ answers }) => answers.secrets?.[variable])).toEqual([undefined, "abc", "abc"]);
  expect(ranWith.map(({ request: { domain } }) => domain?.replaces)).toEqual([false, false, true]);
  expect([code, shown]).toEqual([0, ["settings-needed", "result"]]);
});

// No is no: what it is about is told with the code of a question that nobody answered.
it("records stay when nobody says that they may go", async () => {
  const { code, asked, shown } = await conversation([[ended("domain-records-there"), { type: "result" }]], [""]);
  expect([code, asked.length, shown]).toEqual([3, 1, ["error", "result"]]);
});

// A script that is waited for stands still for ever.
it("without a terminal nothing is asked, and how it ended is told", async () => {
  const { code, asked, shown } = await conversation([[needed(days), ended("setting-missing")]], [], false);
  expect([code, asked, shown]).toEqual([3, [], ["settings-needed", "error"]]);
});

// One answer would be given to two questions, or to what is no question.
it("what one answer would not mend is not asked", async () => {
  for (const events of [
    [consent, consent, ended("consent-needed")],
    [needed(days), ended("setting-wrong")],
    [consent, ended("consent-differs")],
  ]) {
    const { code, asked, shown } = await conversation([events], []);
    expect([code, asked, shown.at(-1)]).toEqual([3, [], "error"]);
  }
});
