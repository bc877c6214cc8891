/**
 * Journey 1 as a person meets it: the bundled app in a real browser, from the first link to a kill -9 of everything
 * and back. What is asserted is what is on the screen.
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser, openLink } from "../support/browser.ts";
import { type Home, withHome } from "../support/home.ts";
import { chromium, missing } from "../support/tools.ts";

describe.skipIf(missing(chromium(), "Chromium"))("notes in a browser", () => {
  let home: Home;
  let browser: Browser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    home = await withHome();
    browser = await openBrowser();
    await signInWith(await up());
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await home?.close();
  });

  async function up(): Promise<string> {
    const result = (await home.events("up", "notes")).at(-1);
    url = result.apps[0].url;
    return result.apps[0].link;
  }

  async function signInWith(link: string): Promise<void> {
    page = await (await browser.newContext({ viewport: { width: 1100, height: 800 } })).newPage();
    await openLink(page, link);
    await ready();
  }

  const ready = (): Promise<unknown> => page.waitForSelector("html[data-ready=true]");

  it("refuses a browser without the link", async () => {
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(url);
    await stranger.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(new URL(stranger.url()).hostname).toBe("signin--home.localhost");
    await stranger.context().close();
  });

  it("lets the link be used once", async () => {
    const link = (await home.json("open", "notes")).link;
    const first = await (await browser.newContext()).newPage();
    expect((await first.goto(link))?.status()).toBe(200);
    const second = await (await browser.newContext()).newPage();
    expect((await second.goto(link))?.status()).toBe(401);
  });

  it("writes, edits and finds a note", async () => {
    await page.click("#new");
    await page.fill("#text", "Pear tree\nPruned in Février #garden");
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.fill("#text", "Pear tree\nPruned in Février, again in March #garden");
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.click("#new");
    await page.fill("#text", "Shopping\nMilk");
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.fill("#search", "fevr");
    await page.locator("#list li").filter({ hasText: "Pear tree" }).waitFor();
    await expect.poll(() => page.locator("#list li").count()).toBe(1);
    await page.fill("#search", "#garden");
    await expect.poll(() => page.locator("#list li").count()).toBe(1);
    await page.fill("#search", "");
    await expect.poll(() => page.locator("#list li").count()).toBe(2);
  });

  it("keeps a 5 MB picture and shows it", async () => {
    const picture = join(home.dir, "picture.bmp.png");
    await writeFile(picture, png(5 * 1024 * 1024));
    await page.locator("#list a").filter({ hasText: "Pear tree" }).click();
    await expect.poll(() => page.inputValue("#text")).toContain("Pear tree");
    await page.setInputFiles("#file", picture);
    await page.locator("#files img").waitFor();
    await expect.poll(shown).toBe(1);
  });

  const shown = (): Promise<number> => page.locator("#files img").evaluate((image: any) => image.naturalWidth);

  it("can be used with the keyboard alone", async () => {
    await page.locator("#title").click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("n");
    await page.keyboard.type("By keyboard");
    await page.keyboard.press("Control+s");
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("keyb");
    await expect.poll(() => page.locator("#list li").count()).toBe(1);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.inputValue("#text")).toBe("By keyboard");
    await page.fill("#search", "");
  });

  it("fits 360 pixels and follows the dark theme", async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    await page.emulateMedia({ colorScheme: "dark" });
    const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
    expect(wide).toBeLessThanOrEqual(360);
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe("rgb(23, 25, 23)");
    await page.setViewportSize({ width: 1100, height: 800 });
  });

  it("is all there after kill -9 of everything", async () => {
    const { pid } = await home.json("cloud", "status");
    process.kill(pid, "SIGKILL");
    await page.context().close();
    await signInWith(await up());
    await page.locator("#list a").filter({ hasText: "Pear tree" }).click();
    await page.locator("#files img").waitFor();
    await expect.poll(shown).toBe(1);
    await expect.poll(() => page.inputValue("#text")).toContain("again in March");
  });
});

/** A valid picture of one pixel, made heavy by a chunk that viewers skip. */
function png(bytes: number): Buffer {
  const tiny = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  const data = randomBytes(bytes - tiny.length - 12);
  const chunk = Buffer.alloc(12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write("frEe", 4, "latin1");
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(Buffer.concat([chunk.subarray(4, 8), data])));
  return Buffer.concat([tiny.subarray(0, -12), chunk.subarray(0, 8), data, crc, tiny.subarray(-12)]);
}
