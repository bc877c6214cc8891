/** Debian's Chromium, headless, driven by playwright-core; it asks nobody outside for anything. */
import { type Browser, chromium as driver } from "playwright-core";
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
