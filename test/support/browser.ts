/** Debian's Chromium, headless, driven by playwright-core; it asks nobody outside for anything. */
import { type Browser, chromium as driver, type Page } from "playwright-core";
import { chromium } from "./tools.ts";

export function openBrowser(): Promise<Browser> {
  return driver.launch({
    executablePath: chromium() ?? "chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Opens a one-use link and goes on to the app; where it is asked on the way, without a passkey. */
export async function openLink(page: Page, link: string): Promise<void> {
  await page.goto(link);
  if (new URL(page.url()).origin !== new URL(link).origin) return;
  await page.getByRole("link", { name: "Not now" }).click();
  await page.waitForURL((url) => url.origin !== new URL(link).origin);
}
