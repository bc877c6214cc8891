/**
 * The bundled apps as people meet them: up by their name, behind their gates, in a real browser. What is asserted is
 * what is on the screen, at the width of a desk and of a phone, in light and in dark.
 */
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBlueprint } from "../../blueprints/load.ts";
import { routesOf } from "../../blueprints/manifest.ts";
import { raw } from "../abuse/raw.ts";
import { type App, appUp } from "../support/apps.ts";
import { openBrowser, openLink } from "../support/browser.ts";
import { faint, nameless } from "../support/can-be-read.ts";
import { type Home, root, withHome } from "../support/home.ts";
import { chromium, missing } from "../support/tools.ts";
import { drop } from "./apps/drop.ts";
import { forms } from "./apps/forms.ts";
import { dropJourney, formsJourney, linksJourney, pasteJourney, tasksJourney } from "./apps/journeys.ts";
import { links } from "./apps/links.ts";
import { paste } from "./apps/paste.ts";
import { called, tasks } from "./apps/tasks.ts";

let home: Home;
beforeAll(async () => {
  home = await withHome();
});
afterAll(() => home?.close());

describe.each([
  ["links", links, linksJourney],
  ["drop", drop, dropJourney],
  ["forms", forms, formsJourney],
  ["paste", paste, pasteJourney],
  ["tasks", (app: () => App) => tasks(app, () => called(app)), tasksJourney],
])("%s", (name, promises, journey) => {
  let app: App & { url: string; link: string };
  beforeAll(async () => {
    app = await appUp(home, name);
  }, 120_000);

  describe("behind its gate", () => promises(() => app));

  describe.skipIf(missing(chromium(), "Chromium"))("in a browser", () => inBrowser(name, () => app.link, journey));

  it("answers nobody at its address, but where it is public", () => scan(name, app.url));
});

it.each(["home", "notes"])(
  "%s answers nobody at its address, but where it is public",
  async (name) => scan(name, (await appUp(home, name)).url),
  120_000,
);

/** Every route by every method, in bytes, without a session: 401, or the way to sign in, unless it is public. */
async function scan(name: string, url: string): Promise<void> {
  const { manifest } = await loadBlueprint(join(root, "blueprints", name));
  const { host, port } = new URL(url);
  const routes = routesOf(manifest).map(({ path, public: open }) => ({ path: path.replace(/\*$/, "x"), open }));
  expect(routes.length).toBeGreaterThan(0);
  const answers: string[] = [];
  for (const { path, open } of [...routes, { path: "/nothing", open: false }])
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
      for (const accept of ["text/html", "application/json"]) {
        const { status } = await raw(Number(port), [
          `${method} ${path} HTTP/1.1`,
          `Host: ${host}`,
          `Accept: ${accept}`,
        ]);
        const visit = accept === "text/html" && (method === "GET" || method === "HEAD");
        const closed = status === (visit ? 302 : 401);
        if (closed === open) answers.push(`${method} ${path} ${status}`);
      }
  expect(answers).toEqual([]);
}

function inBrowser(name: string, link: () => string, journey: (page: () => Page) => void): void {
  let browser: Browser;
  let page: Page;
  const broken: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    page = await signedIn(browser, link(), broken);
  }, 60_000);
  afterAll(() => browser?.close());

  journey(() => page);

  // Who cannot see the page hears its names; who has no mouse sees where the keyboard is.
  it("names everything that can be used, and shows where the keyboard is", async () => {
    expect(await page.evaluate(nameless)).toEqual([]);
    await page.keyboard.press("Tab");
    const ring = await page.evaluate(
      `getComputedStyle(document.activeElement.closest("label.button") ?? document.activeElement).outlineStyle`,
    );
    expect(ring).toBe("solid");
  });

  it.each([
    ["light", 1100],
    ["dark", 1100],
    ["light", 320],
    ["dark", 320],
  ] as const)("can be read in %s at %i pixels", async (colorScheme, width) => {
    await page.setViewportSize({ width, height: 720 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const folder = process.env["FREEHOLD_TEST_PICTURES"];
    if (folder) await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${width}.png`, fullPage: true });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(await page.evaluate(faint)).toEqual([]);
  });

  it("broke nothing on the way, and no policy of the browser's", () => expect(broken).toEqual([]));
}

/** The app's page at a desk's width; what breaks there, or is refused by its policy, is told to `broken`. */
async function signedIn(browser: Browser, link: string, broken: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.on("pageerror", (error) => broken.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Mixed Content/.test(message.text())) broken.push(message.text());
  });
  await openLink(page, link);
  await page.waitForSelector("html[data-ready=true]");
  return page;
}
