/** Home and an app's screens over a real app on a local cloud: what they show at three sizes, and an app's life by keys. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, type Home, resultOf, signIn, withHome } from "../support/home.ts";
import { closeTerminals, matchesGolden, openFreehold, type Terminal } from "../support/terminal.ts";

let home: Home;
let url: string;
let cookie: string;

beforeAll(async () => {
  home = await withHome();
  const [app] = resultOf(await home.events("up", "notes")).apps;
  url = app.url;
  cookie = await signIn(app.link);
  await ask(`${url}api/notes`, {
    method: "POST",
    headers: { cookie, "content-type": "application/json" },
    body: '{"text":"one"}',
  });
}, 180_000);
afterEach(closeTerminals);
afterAll(() => home.close());

/** By whom: the computer's user. */
const people = [[/ by \S+/g, " by USER"]] as const;
/** Who came: home asks for the app now and then, so they are not the same ones each time. */
const came = [
  [/^ came .*/g, " came     WHO CAME"],
  [/^ {10}(\d\d:\d\d:\d\d |refused|GET |POST |\d{3}|\().*/g, ""],
] as const;
/** The ends of an address and of a digest that a narrow window breaks. */
const broken = [
  [/^ +\w*:\d+\/$/g, "            …PORT/"],
  [/^ +[0-9a-f]{4,}$/g, "            …DIGEST"],
] as const;

/** What a few requests cost is never the same; a month is one of many. */
const spent = [
  [/(less than )?\$[\d.]+/g, "$N"],
  [/\b\d{4}-\d\d\b(?!-)/g, "MONTH"],
] as const;

async function section(terminal: Terminal, key: string, shows: RegExp): Promise<void> {
  terminal.keys(key);
  await terminal.shows(shows);
}

describe.each([
  [80, 24],
  [120, 40],
  [40, 15],
])("at %ix%i", (cols, rows) => {
  // What a person sees, from a real run; a change of any of it is seen in review.
  it("shows home, the app and its settings, history and the palette as they are kept", async () => {
    const size = `${cols}x${rows}`;
    const terminal = openFreehold(home, [], { cols, rows });
    await terminal.shows(/ > notes +1\.0\.0 +running/);
    // Apps, then health, then counts: what was counted comes last.
    await terminal.shows(/1 app · [\d.]+ k?B/);
    await matchesGolden(terminal, `home-${size}`, [[/\b\d+( requests?)? today/g, "N today"]]);
    await section(terminal, "enter", /notes · overview[\s\S]*state +running/);
    await matchesGolden(terminal, `app-overview-${size}`, broken);
    await section(terminal, "$", /cost +\S[\s\S]* in\s+\d{4}-\d\d/);
    await matchesGolden(terminal, `app-cost-${size}`, [...broken, ...spent]);
    await section(terminal, "s", /notes · settings[\s\S]*> Title/);
    await matchesGolden(terminal, `app-settings-${size}`);
    await section(terminal, "h", /notes · history[\s\S]* up /);
    await matchesGolden(terminal, `app-history-${size}`, people);
    await section(terminal, "a", /notes · access[\s\S]* came /);
    await matchesGolden(terminal, `app-access-${size}`, came);
    terminal.keys("esc");
    await terminal.shows(/ > notes +1\.0\.0/);
    await section(terminal, ":", /freehold {2}command/);
    terminal.type("sho");
    await terminal.shows(/ : sho[\s\S]*show APP/);
    await matchesGolden(terminal, `palette-${size}`);
    for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(cols);
  });
});

it("follows an app's log, filters it as one types, and shows whole lines", async () => {
  const terminal = openFreehold(home, []);
  await terminal.shows(/ > notes/);
  terminal.keys("l");
  await terminal.shows(/notes · logs +\d+ lines/);
  await ask(`${url}api/notes`, { headers: { cookie } });
  await terminal.shows(/ api [0-9a-f]{8} /);
  terminal.keys("/");
  await terminal.shows(/ filter: /);
  terminal.type("REPORT");
  await terminal.shows(/filter: REPORT[\s\S]*\d+ of \d+ lines|\d+ of \d+ lines[\s\S]*filter: REPORT/);
  await terminal.hides(/ START RequestId/);
  terminal.keys("enter");
  await terminal.shows(/w whole lines/);
  terminal.keys("w");
  await terminal.shows(/Duration: [\d.]+ ms/);
  await ask(`${url}api/notes`, { headers: { cookie } });
  terminal.keys("esc");
  await terminal.shows(/enter open/);
  terminal.keys("q");
  expect(await terminal.exited).toBe(0);
});

// The form hands its values to the command, which says what does not fit.
it("changes a setting and a function's memory in place, and says what does not fit", async () => {
  const terminal = openFreehold(home, []);
  await terminal.shows(/ > notes/);
  terminal.keys("s");
  await terminal.shows(/> Title +Notes/);
  terminal.keys("enter");
  await terminal.shows(/enter take it/);
  terminal.keys("ctrl-u");
  terminal.paste("日記 of mine\n");
  await terminal.shows(/日記 of mine/);
  terminal.keys("enter", "down", "enter");
  await terminal.shows(/enter take it/);
  terminal.keys("ctrl-u");
  terminal.type("1 MB\r");
  await terminal.shows(/Memory of api +1 MB \(changed\)/);
  terminal.keys("w");
  await terminal.shows(/A setting's value does not fit/);
  terminal.keys("enter");
  await terminal.shows(/enter take it/);
  terminal.keys("ctrl-u");
  terminal.type("640 MB\r");
  await terminal.shows(/Memory of api +640 MB \(changed\)/);
  terminal.keys("w");
  await terminal.shows(/settings: done/, 90_000);
  await terminal.hides(/\(changed\)/);
  const { settings, functions } = await home.json("show", "notes");
  expect(settings.title).toBe("日記 of mine");
  expect(functions.api.memory).toMatch(/^640 ?MB$/);
});

it("removes an app only when its name is typed, and says how much data goes", async () => {
  const terminal = openFreehold(home, []);
  await terminal.shows(/ > notes/);
  terminal.keys("x");
  await terminal.shows(/remove notes[\s\S]*notes \(DynamoDB table\): 1 item/);
  terminal.type("other\r");
  await terminal.shows(/Nothing is removed/);
  terminal.keys("ctrl-u", "tab");
  await terminal.shows(/enter remove with its data/);
  terminal.keys("tab");
  await terminal.shows(/enter remove, keep data/);
  terminal.type("notes\r");
  await terminal.has(/notes is removed\./, 90_000);
  terminal.keys("esc");
  await terminal.shows(/ > notes +1\.0\.0 +data kept/);
  expect((await home.json("show", "notes")).kept.length).toBeGreaterThan(0);
});
