/**
 * The home page in a browser: from the address, or from a link that signs in first, to a page one can use, with the apps
 * on it.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Cookie, Page } from "playwright-core";
import { openBrowser, openLink } from "../support/browser.ts";
import type { Home } from "../support/home.ts";
import { chromium } from "../support/tools.ts";
import { table } from "./table.ts";

/** The browser's own clock, from where the visit began. */
const noteReady = `new MutationObserver(() => {
  if (document.documentElement.dataset.ready) globalThis.readyAt ??= performance.now();
}).observe(document, { attributes: true, subtree: true })`;

async function visit(page: Page, url: string): Promise<number> {
  await page.goto(url);
  await page.waitForSelector("html[data-whole=true]");
  return page.evaluate<number>("globalThis.readyAt");
}

/** Signed in, and with nothing kept of the page. */
async function firstVisit(browser: Browser, cookies: Cookie[], url: string): Promise<number> {
  const context = await browser.newContext();
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.addInitScript(noteReady);
  const ms = await visit(page, url);
  await context.close();
  return ms;
}

/** A page of nothing, from a server of nothing: what the browser itself takes for a first visit here and now. */
function emptyPage(): Promise<Server> {
  const text = `<!doctype html><html><script>document.documentElement.dataset.ready = document.documentElement.dataset.whole = "true"</script>`;
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(text));
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

export async function homePage(home: Home): Promise<void> {
  if (!chromium()) {
    process.stderr.write("home-page: Chromium is missing, so it is not measured\n");
    return;
  }
  for (const app of ["notes", "home"]) await home.freehold("up", app);
  const browser = await openBrowser();
  const [signedIn, first, again, nothing]: [number[], number[], number[], number[]] = [[], [], [], []];
  const server = await emptyPage();
  const empty = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    for (let round = 0; round < 12; round++) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.addInitScript(noteReady);
      // The browser's clock begins before the redirects: link, sign-in, home's gate, home.
      const { link, url } = await home.json("open", "home");
      await openLink(page, link);
      await page.waitForSelector("html[data-whole=true]");
      signedIn.push(await page.evaluate<number>("globalThis.readyAt"));
      for (let more = 0; more < 3; more++) again.push(await visit(page, url));
      first.push(await firstVisit(browser, await context.cookies(), url));
      nothing.push(await firstVisit(browser, [], empty));
      await context.close();
    }
  } finally {
    await browser.close();
    server.close();
  }
  table.add({ name: "sign-in by a link to home", unit: "ms", goal: "<= 1000", samples: signedIn });
  const peer = { name: "an empty page", samples: nothing };
  table.add({ name: "home page, first visit to interactive", unit: "ms", goal: "<= 300", samples: first, peer });
  table.add({ name: "home page, again", unit: "ms", goal: "<= 300", samples: again });
}
