/**
 * The home page as people meet it, in a real browser: found by typing, used by keyboard, looked at without a network, and
 * with nothing left of it after sign-out. What is asserted is what is on the screen, and what the browser keeps.
 */
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/aws.ts";
import { openBrowser, openLink } from "../support/browser.ts";
import { faint, nameless } from "../support/can-be-read.ts";
import { ask, type Home, resultOf, root, signIn, withHome } from "../support/home.ts";
import { chromium, missing } from "../support/tools.ts";

/** As people have it: with the home page. */
const withPage = { env: { FREEHOLD_NO_HOME: "" } };

describe.skipIf(missing(chromium(), "Chromium"))("the home page in a browser", () => {
  let home: Home;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let url: string;
  const broken: string[] = [];
  const asked = new Set<string>();

  beforeAll(async () => {
    home = await withHome(withPage);
    for (const app of ["notes", "links"]) await home.freehold("up", app);
    browser = await openBrowser();
    context = await browser.newContext({ viewport: { width: 1100, height: 800 }, reducedMotion: "reduce" });
    page = await context.newPage();
    page.on("pageerror", (error) => broken.push(error.message));
    page.on("console", (message) => {
      if (/Content Security Policy|Mixed Content/.test(message.text())) broken.push(message.text());
    });
    page.on("request", (request) => asked.add(new URL(request.url()).host));
    await enter();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await home?.close();
  });

  async function enter(): Promise<void> {
    const opened = await home.json("open");
    url = opened.url;
    await openLink(page, opened.link);
    await whole();
  }
  const whole = () => page.waitForSelector("html[data-whole=true]");
  const again = async () => {
    await page.reload();
    await whole();
  };
  const shown = () => page.locator("#apps > li:not([hidden]) h3").allTextContents();
  /** Addresses the browser keeps answers of, but for the page itself. */
  const kept = () =>
    page.evaluate<string[]>(
      `caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((one) => one.keys()))))
        .then((all) => all.flat().map(({ url }) => new URL(url).pathname).filter((path) => path.startsWith("/api/")))`,
    );

  it("shows every app with its version and address, what it reaches, the open doors and who came", async () => {
    expect(await shown()).toEqual(["Home", "Links", "Notes"]);
    const links = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Links" }) });
    await links.getByText("Version 1.0.0").waitFor();
    await links.getByText("links--home.localhost").waitFor();
    await links.getByText("What it stores and reaches").click();
    await links.getByText("table links", { exact: true }).waitFor();
    await links.getByText("What it stores and reaches").click();
    expect(await page.locator("#apps img").count()).toBe(3);
    await page.getByRole("region", { name: "Open to everybody" }).getByText("/to/*").waitFor();
    await page.getByRole("region", { name: "Who came" }).getByText("You at home").first().waitFor();
    await page
      .getByRole("img", { name: /requests in the last 24 hours, most from/ })
      .first()
      .waitFor();
  });

  // Nobody wants to reach for the mouse to open an app, and some have none.
  it("finds an app by typing anywhere, says how many are left, and opens it by Enter", async () => {
    await page.locator("h1").click();
    await page.keyboard.type("short");
    expect(await shown()).toEqual(["Links"]);
    await expect.poll(() => page.locator("#found").textContent()).toBe("1 app.");
    await page.keyboard.type("xyz");
    await expect.poll(() => page.locator("#found").textContent()).toBe("No app has that in it.");
    await page.keyboard.press("Escape");
    expect(await shown()).toHaveLength(3);
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Links");
    await page.keyboard.type("note");
    expect(await shown()).toEqual(["Notes"]);
    await page.keyboard.press("Enter");
    // One sign-in is enough: it leads there and back without a question.
    await page.waitForURL((to) => to.hostname === "notes--home.localhost");
    await page.waitForSelector("html[data-ready=true]");
    await page.goto(url);
    await whole();
  });

  // A busy day is not what one comes for, and is there for who does.
  it("shows the newest eight of who came, and the others when asked, with the keyboard where the list goes on", async () => {
    const client = new CloudWatchLogsClient(clientConfig(await home.json("cloud", "env")));
    const logGroupName = "/aws/lambda/home--links--gate";
    const line = (n: number) => ({
      ...{ type: "access", at: new Date(Date.now() - n * 1000).toISOString(), who: `key/${n}`, method: "GET" },
      ...{ path: `/api/${n}`, status: 200, allowed: true, from: "10.0.0.1" },
    });
    const logEvents = [...Array(12)].map((_, n) => ({ timestamp: Date.now(), message: JSON.stringify(line(n)) }));
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "test" }));
    await client.send(new PutLogEventsCommand({ logGroupName, logStreamName: "test", logEvents }));
    client.destroy();
    await again();
    const lines = page.locator("#came > li");
    expect(await lines.count()).toBe(8);
    await page.getByRole("button", { name: /^Show \d+ more$/ }).press("Enter");
    expect(await lines.count()).toBeGreaterThan(12);
    await page.getByText("Key 11 at links").waitFor();
    expect(await lines.nth(8).evaluate((one: any) => one === one.ownerDocument.activeElement)).toBe(true);
    expect(await page.getByRole("button", { name: /^Show/ }).count()).toBe(0);
  });

  // The home page allows no style in a page; what its gate says by itself is to be readable all the same.
  it.each(["light", "dark"] as const)(
    "can be read where its gate answers, in %s at 320 pixels",
    async (colorScheme) => {
      await page.setViewportSize({ width: 320, height: 720 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto(new URL(".freehold/x", url).href);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("There is nothing here");
      expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
        colorScheme === "dark" ? "rgb(22, 24, 29)" : "rgb(255, 255, 255)",
      );
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
      expect(await page.evaluate(faint)).toEqual([]);
      await page.goto(url);
      await whole();
    },
  );

  it.each([
    ["light", 1100],
    ["dark", 1100],
    ["light", 320],
    ["dark", 320],
    ["light", 2000],
  ] as const)("can be read in %s at %i pixels", async (colorScheme, width) => {
    await page.setViewportSize({ width, height: 720 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const folder = process.env["FREEHOLD_TEST_PICTURES"];
    if (folder) await page.screenshot({ path: `${folder}/home-${colorScheme}-${width}.png`, fullPage: true });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(await page.evaluate(faint)).toEqual([]);
    expect(await page.evaluate(nameless)).toEqual([]);
  });

  it("has landmarks and headings in order, shows where the keyboard is, and moves nothing", async () => {
    for (const role of ["banner", "main", "search"] as const) expect(await page.getByRole(role).count(), role).toBe(1);
    const levels = await page.evaluate<number[]>(
      `[...document.querySelectorAll("h1, h2, h3")].filter((one) => one.offsetParent).map((one) => +one.tagName[1])`,
    );
    expect(levels[0]).toBe(1);
    expect(levels.every((level, at) => at === 0 || level - levels[at - 1]! <= 1)).toBe(true);
    await page.reload();
    await whole();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("To the apps");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
  });

  // What is in a row came with somebody's blueprint: it is text, whatever it looks like, and leads to web pages alone.
  it("shows what strangers wrote as text", async () => {
    const client = new DynamoDBClient(clientConfig(await home.json("cloud", "env")));
    const TableName = "home--foundation--apps";
    const evil = "<img src=x onerror=document.title='no'>";
    const texts = {
      title: evil,
      tagline: evil,
      version: evil,
      update: "9.9.9",
      address: "javascript:alert(1)",
      icon: "https://e.example/x",
    };
    const Item = Object.fromEntries(Object.entries({ id: "evil", ...texts }).map(([key, S]) => [key, { S }]));
    await client.send(new PutItemCommand({ TableName, Item }));
    await again();
    const card = page.locator('#apps > li[data-name="evil"]');
    await card.getByRole("heading", { name: evil }).waitFor();
    await card.getByText("Version 9.9.9 is there").waitFor();
    await card.getByText("freehold upgrade evil", { exact: true }).waitFor();
    expect(await card.locator("img, a").count()).toBe(0);
    expect(await page.title()).toBe("Home");
    // It goes while one reads about another, and that stays open, with the keyboard where it is.
    const notes = page.locator('#apps > li[data-name="notes"]');
    await notes.locator("summary").click();
    await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: "evil" } } }));
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await card.waitFor({ state: "detached" });
    await notes.locator("details[open]").waitFor();
    expect(await notes.locator("summary:focus").count()).toBe(1);
    await again();
  });

  it("can be looked at while the cloud does not answer, and says of when that is", async () => {
    await expect.poll(kept).toEqual(expect.arrayContaining(["/api/apps", "/api/access", "/api/apps/notes/requests"]));
    await context.setOffline(true);
    await again();
    await page.getByText(/Your cloud does not answer. This is as of/).waitFor();
    expect(await shown()).toEqual(["Home", "Links", "Notes"]);
    await context.setOffline(false);
    await again();
    expect(await page.getByText(/This is as of/).count()).toBe(0);
  });

  // Who takes the grant back sees at once that the page sees nothing, and needs no manual to undo that.
  it("says that its grant was taken back, and what gives it again, and works again then", async () => {
    await home.freehold("grant", "rm", "home", "cloud");
    await again();
    await page.getByText("freehold grant add home cloud").waitFor();
    expect(await shown()).toEqual([]);
    const refused = await home.attempt("grant", "add", "home", "cloud", "--json");
    expect(refused.code).toBe(3);
    const digest = /sha256:[0-9a-f]{64}/.exec(
      refused.stdout.split("\n").findLast((line) => line.includes("--accept"))!,
    )![0];
    await home.freehold("grant", "add", "home", "cloud", "--accept", digest);
    await again();
    expect(await shown()).toEqual(["Home", "Links", "Notes"]);
  });

  const give = async (what: string): Promise<void> => {
    const refused = await home.attempt("grant", "add", "home", what, "--json");
    expect(refused.code).toBe(3);
    const line = refused.stdout.split("\n").findLast((one) => one.includes("--accept"))!;
    await home.freehold("grant", "add", "home", what, "--accept", /sha256:[0-9a-f]{64}/.exec(line)![0]);
  };

  // Nobody finds what they wrote on a page they did not let see it; who did finds it there, and nothing of it stays.
  it("shows what apps and things store once it is given that, by keyboard, as text, and keeps nothing of it", async () => {
    const evil = "<img src=x onerror=document.title='no'>";
    const client = new DynamoDBClient(clientConfig(await home.json("cloud", "env")));
    for (let n = 0; n < 30; n++) {
      const Item = { id: { S: `n${String(n).padStart(2, "0")}` }, text: { S: n === 3 ? evil : "a".repeat(300) } };
      await client.send(new PutItemCommand({ TableName: "home--notes--notes", Item }));
    }
    client.destroy();
    await writeFile(join(home.dir, "said.txt"), evil);
    await home.freehold("add", "bucket", "papers", "--yes");
    await home.freehold("data", "put", "things/papers", join(home.dir, "said.txt"), "letters/said.txt");
    const scripts: string[] = [];
    page.on("request", (request) => scripts.push(new URL(request.url()).pathname));
    await again();
    const notes = page.locator('#apps > li[data-name="notes"]');
    await notes.locator("summary").click();
    await notes.getByText("freehold grant add home data", { exact: true }).waitFor();
    await page.getByRole("region", { name: "Your own things" }).getByText("bucket papers").waitFor();
    expect(await page.getByRole("button", { name: /What is in/ }).count()).toBe(0);
    await give("data");
    expect((await home.json("grant", "ls", "home")).grants).toMatchObject([
      { what: "cloud", held: true },
      { what: "data", held: true },
    ]);
    await again();
    await notes.locator("summary").click();
    expect(scripts).not.toContain("/data.js");
    await page.getByRole("button", { name: "What is in Notes" }).press("Enter");
    const dialog = page.getByRole("dialog");
    const heading = (name: string) => dialog.getByRole("heading", { name, exact: true }).waitFor();
    await heading("What is in Notes");
    expect(scripts).toContain("/data.js");
    await dialog.getByRole("button", { name: /^notes/ }).press("Enter");
    await heading("notes");
    expect(await dialog.getByRole("listitem").count()).toBe(25);
    await dialog.getByRole("button", { name: "Next page" }).press("Enter");
    await expect.poll(() => dialog.getByRole("listitem").count()).toBeLessThan(25);
    await dialog.getByRole("button", { name: "Back" }).press("Enter");
    await expect.poll(() => dialog.getByRole("listitem").count()).toBe(25);
    // What is typed in the window is no search behind it.
    await page.keyboard.type("x");
    expect(await page.locator("#search").inputValue()).toBe("");
    const wanted = dialog.getByRole("button", { name: /^n03/ });
    if ((await wanted.count()) === 0) await dialog.getByRole("button", { name: "Next page" }).press("Enter");
    await wanted.press("Enter");
    await heading("n03");
    expect(JSON.parse((await dialog.locator("pre").textContent())!)).toEqual({ id: "n03", text: evil });
    expect(await dialog.locator("img").count()).toBe(0);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "What is in your own things" }).press("Enter");
    await dialog.getByRole("button", { name: /^papers/ }).press("Enter");
    await dialog.getByRole("button", { name: /^letters/ }).press("Enter");
    await dialog.getByRole("button", { name: /^said.txt/ }).press("Enter");
    await dialog.getByText(evil, { exact: true }).waitFor();
    for (const [colorScheme, width] of [
      ["dark", 320],
      ["light", 320],
      ["light", 1100],
    ] as const) {
      await page.setViewportSize({ width, height: 720 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await dialog.evaluate((one: any) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
      expect(await page.evaluate(faint)).toEqual([]);
      expect(await page.evaluate(nameless)).toEqual([]);
    }
    expect(await page.title()).toBe("Home");
    await dialog.getByRole("button", { name: "Close" }).press("Enter");
    expect((await kept()).filter((path) => path.startsWith("/api/data"))).toEqual([]);
    await home.freehold("grant", "rm", "home", "data");
    await again();
    expect(await page.getByRole("button", { name: /What is in/ }).count()).toBe(0);
  }, 120_000);

  // A computer that others use, too: nothing that one saw stays, not even what was on its way when one left.
  it("keeps nothing after sign-out, of an answer that was on its way neither", async () => {
    expect(await kept()).not.toEqual([]);
    await page.evaluate(
      `Promise.all([...Array(6)].map(() => fetch("/api/access?limit=9").catch(() => {})).concat(
        fetch("/.freehold/signout", { method: "POST", redirect: "manual" })))`,
    );
    await expect.poll(kept).toEqual([]);
    await enter();
    await expect.poll(kept).not.toEqual([]);
    await page.getByRole("button", { name: "Sign out" }).press("Enter");
    await page.waitForURL((to) => to.hostname === "signin--home.localhost");
    await context.setOffline(true);
    await expect(page.goto(url)).rejects.toThrow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
    // The browser's own page of that failure loads again by itself once it may, in the middle of what comes next.
    await page.waitForURL(/^chrome-error:/);
    await page.goto("about:blank");
    await context.setOffline(false);
  });

  // A session that ends elsewhere ends here, too, at the first word from the cloud.
  it("forgets everything when the cloud says that nobody is signed in", async () => {
    await enter();
    await expect.poll(kept).not.toEqual([]);
    await context.clearCookies();
    await page.evaluate(`fetch("/api/apps")`);
    await expect.poll(kept).toEqual([]);
  });

  it("asked nobody outside, and broke nothing on the way", () => {
    expect([...asked].every((host) => host.includes("--home.localhost"))).toBe(true);
    expect(broken).toEqual([]);
  });
});

// Who removed it meant it; who has a better one has it at the same place, and who removes that, too, can have ours again.
it("stays away once it was removed, is replaced by an app of the owner's of its name, and comes back when asked for", async () => {
  const home = await withHome(withPage);
  const names = async (): Promise<string[]> => (await home.json("ls")).apps.map(({ name }: any) => name);
  try {
    const [, { url }] = resultOf(await home.events("up", "paste")).apps;
    await home.freehold("destroy", "home", "--yes");
    expect((await ask(url)).status).toBe(404);
    expect(resultOf(await home.events("up", "paste")).apps.map(({ name }: any) => name)).toEqual(["paste"]);
    expect(await names()).toEqual(["paste"]);
    await cp(join(root, "test/support/fixtures/other-home"), join(home.dir, "home"), { recursive: true });
    expect(resultOf(await home.events("up", "./home")).apps[0]).toMatchObject({ name: "home", url });
    const opened = await home.json("open");
    const cookie = await signIn(opened.link);
    expect([opened.app, (await ask(url, { headers: { cookie } })).text]).toEqual(["home", "Another home page."]);
    await home.freehold("destroy", "home", "--yes");
    await home.freehold("up", "home");
    expect(await names()).toEqual(["home", "paste"]);
  } finally {
    await home.close();
  }
}, 120_000);

// A flag for those who want one app and nothing else, and the cloud is there without it from then on.
it("does not come with a cloud that was made without it", async () => {
  const home = await withHome(withPage);
  try {
    expect(resultOf(await home.events("setup", "--no-home")).apps).toEqual([]);
    expect(resultOf(await home.events("setup")).apps).toEqual([]);
    expect((await home.json("ls")).apps).toEqual([]);
  } finally {
    await home.close();
  }
}, 120_000);
