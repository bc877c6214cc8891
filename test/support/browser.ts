/** Debian's Chromium, headless, driven by playwright-core; it asks nobody outside for anything. */
import { type Browser, type BrowserContext, type CDPSession, chromium as driver, type Page } from "playwright-core";
import { chromium } from "./tools.ts";

/** `more`: further switches. */
export function openBrowser(more: readonly string[] = []): Promise<Browser> {
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
      ...more,
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

export interface Device {
  context: BrowserContext;
  page: Page;
  cdp: CDPSession;
  authenticatorId: string;
  close(): Promise<void>;
}

/** A browser with nothing in it, on a device that can keep passkeys; with those of another, when that is given. */
export async function newDevice(browser: Browser, like?: Device): Promise<Device> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const kept = like ? await like.cdp.send("WebAuthn.getCredentials", { authenticatorId: like.authenticatorId }) : null;
  for (const credential of kept?.credentials ?? [])
    await cdp.send("WebAuthn.addCredential", { authenticatorId, credential });
  return { context, page, cdp, authenticatorId, close: () => context.close() };
}
