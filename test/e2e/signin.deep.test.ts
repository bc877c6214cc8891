/**
 * One sign-in for every app, as a person meets it: real browsers with passkeys in Chromium's virtual authenticator, two
 * apps behind their gates, a guest, lost devices, and what is left when somebody signs out. What is asserted is what is
 * on the screen.
 */
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowId } from "../../stacks/functions/shared/rows.ts";
import { clientConfig } from "../support/aws.ts";
import { type Device, newDevice, openBrowser, openLink } from "../support/browser.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { ask, type Home, signIn, withHome } from "../support/home.ts";
import { freePort } from "../support/listen.ts";
import { chromium, missing } from "../support/tools.ts";

/** Revoked at one place is revoked everywhere within this. */
const revoked = { timeout: 60_000, interval: 1_000 };

let home: Home;
let browser: Browser;
const urls: Record<string, string> = {};
/** Links that came with `up`. */
const links: Record<string, string> = {};

const device = (): Promise<Device> => newDevice(browser);

/** The device's passkeys in a private window: no cookie, nothing kept. */
const privateWindow = (of: Device): Promise<Device> => newDevice(browser, of);

const site = (page: Page): string => new URL(page.url()).hostname.split("--")[0]!;
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true });

/** The app's own page, whoever served it. */
async function isAt(page: Page, app: string): Promise<void> {
  await page.getByText("Counter", { exact: true }).first().waitFor();
  expect(site(page)).toBe(app);
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

const linkTo = async (...args: string[]): Promise<string> => (await home.json(...args)).link;

/** Where one ends who goes there: the app's name, `signin`, or what is written over a page of the gate's. */
async function ends(page: Page, app: string): Promise<string> {
  const answer = await page.goto(urls[app]!);
  return answer && answer.status() >= 400 ? String(answer.status()) : site(page);
}

describe.skipIf(missing(chromium(), "Chromium"))("in real browsers", () => {
  beforeAll(async () => {
    home = await withHome();
    browser = await openBrowser();
    const folder = await copyCounter(home.dir);
    await changeFile(`${folder}/blueprint.yaml`, (text) => `${text}\nroles: { guest: may look }\n`);
    for (const app of ["first", "second"]) {
      const [up] = (await home.events("up", folder, "--as", app)).at(-1).apps;
      urls[app] = up.url;
      links[app] = up.link;
    }
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await home?.close();
  });

  describe("one sign-in for every app", oneSignIn);
  describe("a guest", guests);
  describe("the pages of sign-in", pages);

  // Functions were told of addresses when they were made; a cloud on another port is the same cloud.
  it("goes on at another port, with the same sign-in and apps", async () => {
    const { port } = new URL(urls["first"]!);
    const cookie = await signIn(await linkTo("open", "first"));
    const other = await freePort();
    await home.freehold("cloud", "start", "--port", String(other));
    const moved = urls["first"]!.replace(`:${port}`, `:${other}`);
    expect((await ask(moved, { headers: { cookie } })).status).toBe(200);
    // What is shown answers.
    expect([(await home.json("show", "first")).url, (await home.json("open", "first")).url]).toEqual([moved, moved]);
    expect(await signIn(await linkTo("open", "first"))).toContain("__Host-session=");
    await home.freehold("cloud", "start", "--port", port);
  }, 60_000);
});

function oneSignIn(): void {
  let laptop: Device;
  beforeAll(async () => {
    laptop = await device();
  });

  it("enrols a passkey by a link, and goes on to the app", async () => {
    const { page } = laptop;
    await page.goto(links["first"]!);
    await heading(page, "Add a passkey").waitFor();
    expect(await page.getByLabel("What to call it").inputValue()).toMatch(/^Chrome on /);
    await page.getByLabel("What to call it").fill("laptop");
    await press(page, "Add a passkey");
    await isAt(page, "first");
    // The same link in the same browser goes on; in another it is used.
    await page.goto(links["first"]!);
    await isAt(page, "first");
    const stranger = await device();
    expect((await stranger.page.goto(links["first"]!))?.status()).toBe(401);
    await heading(stranger.page, "This link does not work any more").waitFor();
    await stranger.close();
  }, 60_000);

  it("reaches the second app without being asked again, and each app has a cookie of its own", async () => {
    const { page, context } = laptop;
    await page.goto(`${urls["second"]}?kept=1`);
    await isAt(page, "second");
    expect(new URL(page.url()).search).toBe("?kept=1");
    const cookies = await context.cookies();
    const sessions = cookies.filter(({ name }) => name === "__Host-session");
    expect(new Set(sessions.map(({ value }) => value)).size).toBe(3);
    for (const { httpOnly, sameSite, secure, domain } of sessions)
      expect([httpOnly, sameSite, secure, domain.startsWith(".")]).toEqual([true, "Lax", true, false]);
  }, 60_000);

  // No cookie is left in a private window, and every address of the cloud asks first.
  it("asks a private window to sign in, and takes it with the passkey to where it was going, in a second", async () => {
    const window = await privateWindow(laptop);
    await window.page.goto(`${urls["second"]}?there=1`);
    await heading(window.page, "Sign in").waitFor();
    expect(site(window.page)).toBe("signin");
    const started = performance.now();
    await press(window.page, "Sign in with a passkey");
    await isAt(window.page, "second");
    const ms = performance.now() - started;
    expect(new URL(window.page.url()).search).toBe("?there=1");
    process.stderr.write(`from the sign-in page to the app: ${Math.round(ms)} ms\n`);
    await window.close();
  }, 60_000);

  it("refuses a device that knows no passkey of this cloud, and says what to do", async () => {
    const other = await device();
    await other.page.goto(urls["first"]!);
    await press(other.page, "Sign in with a passkey");
    await other.page.getByRole("status").filter({ hasText: "Try again" }).waitFor({ timeout: 60_000 });
    await other.page.getByText("freehold open first").waitFor();
    expect(site(other.page)).toBe("signin");
    // Nor does it say anything but what helps when nobody answers.
    for (const fails of ["abort", "throttle"] as const) {
      await other.page.route("**/signin/options", (route) =>
        fails === "abort" ? route.abort() : route.fulfill({ status: 429, body: "Rate Exceeded." }),
      );
      await press(other.page, "Sign in with a passkey");
      await other.page.getByRole("status").filter({ hasText: "does not answer" }).waitFor();
      await other.page.unroute("**/signin/options");
    }
    await other.close();
  }, 90_000);

  it("takes a second passkey, of another device; and two that enrol at once", async () => {
    const [phone, tablet] = await Promise.all([device(), device()]);
    const both = [await linkTo("passkey", "add"), await linkTo("passkey", "add")];
    await Promise.all(
      [phone, tablet].map(async ({ page }, at) => {
        await page.goto(both[at]!);
        await page.getByLabel("What to call it").fill(`device ${at}`);
        await press(page, "Add a passkey");
        await heading(page, "You are signed in").waitFor();
      }),
    );
    for (const one of [phone, tablet]) {
      const window = await privateWindow(one);
      await window.page.goto(urls["first"]!);
      await press(window.page, "Sign in with a passkey");
      await isAt(window.page, "first");
      await window.close();
      await one.close();
    }
    const { passkeys } = await home.json("passkey", "ls");
    expect(passkeys.map(({ name }: { name: string }) => name).sort()).toEqual(["device 0", "device 1", "laptop"]);
  }, 90_000);

  it("lets in who has lost the device, by a link alone, and nobody with a passkey that was removed", async () => {
    const fresh = await device();
    await fresh.page.goto(await linkTo("open", "second"));
    await isAt(fresh.page, "second");
    await fresh.close();
    const lost = await privateWindow(laptop);
    await home.freehold("passkey", "rm", "device 0");
    await home.freehold("passkey", "rm", "laptop", "--yes");
    await lost.page.goto(urls["first"]!);
    await press(lost.page, "Sign in with a passkey");
    await lost.page.getByRole("status").filter({ hasText: "not one of this cloud's" }).waitFor();
    await lost.close();
  }, 60_000);
}

function guests(): void {
  let guest: Device;
  beforeAll(async () => {
    guest = await device();
  });

  const invite = (name: string) =>
    linkTo("guest", "invite", "first", "--role", "guest", "--expires", "7d", "--name", name);

  it("accepts an invitation with a passkey of their own, and reaches that app and no other", async () => {
    const link = await invite("a friend");
    const { page } = guest;
    await page.goto(link);
    await heading(page, "You are invited").waitFor();
    expect(await page.getByRole("main").textContent()).toMatch(/To first as guest, until \d{4}-\d\d-\d\d/);
    // Whoever only looks uses nothing.
    await page.reload();
    await press(page, "Accept with a passkey");
    await isAt(page, "first");
    expect(await ends(page, "second")).toBe("403");
    await heading(page, "You are a guest of another app").waitFor();
    const stranger = await device();
    expect((await stranger.page.goto(link))?.status()).toBe(401);
    await heading(stranger.page, "This invitation does not work any more").waitFor();
    await stranger.close();
    const window = await privateWindow(guest);
    await window.page.goto(urls["first"]!);
    await press(window.page, "Sign in with a passkey");
    await isAt(window.page, "first");
    await window.close();
  }, 90_000);

  // Waited for once: what gates take for known is half a minute old at most.
  it("is out within a minute when the owner says so, and so is everybody who signs out everywhere, at every app", async () => {
    const [one, two] = await Promise.all([device(), device()]);
    for (const { page } of [one, two]) {
      await openLink(page, await linkTo("open", "first"));
      await isAt(page, "first");
      await page.goto(urls["second"]!);
      await isAt(page, "second");
    }
    await home.freehold("guest", "revoke", "a friend", "--yes");
    await one.page.goto(new URL("/", await linkTo("passkey", "add")).href);
    await press(one.page, "Sign out everywhere");
    await heading(one.page, "Sign in").waitFor();
    for (const { page } of [one, two])
      for (const app of ["first", "second"]) await expect.poll(() => ends(page, app), revoked).toBe("signin");
    await expect.poll(() => ends(guest.page, "first"), revoked).toBe("signin");
    await press(guest.page, "Sign in with a passkey");
    await guest.page.getByRole("status").filter({ hasText: "not one of this cloud's" }).waitFor();
    await Promise.all([one.close(), two.close()]);
  }, 120_000);

  // The first app there is, and the first friend: they see what is there, on each of their devices, and can harm nothing.
  it("of notes reads, is offered nothing else, and adds a passkey for another device", async () => {
    const [up] = (await home.events("up", "notes")).at(-1).apps;
    const cookie = await signIn(up.link);
    const body = JSON.stringify({ text: "Plums" });
    const headers = { cookie, "content-type": "application/json" };
    expect((await ask(new URL("api/notes", up.url).href, { method: "POST", headers, body })).status).toBe(200);
    const asked = ["notes", "--role", "guest", "--expires", "7d", "--name", "a friend of notes"];
    const link = await linkTo("guest", "invite", ...asked);
    const friend = await device();
    const { page, cdp, authenticatorId } = friend;
    await page.goto(link);
    await press(page, "Accept with a passkey");
    await page.locator("html[data-ready=true]").waitFor();
    expect(await page.getByRole("button", { name: "New note" }).isVisible()).toBe(false);
    await page.keyboard.press("n");
    await page.getByRole("link", { name: /Plums/ }).click();
    await page.getByRole("textbox", { name: /Text of the note/ }).waitFor();
    expect(await page.locator("#text").evaluate((text: any) => [text.value, text.readOnly])).toEqual(["Plums", true]);
    expect(await page.getByRole("button", { name: /Delete|Attach/ }).count()).toBe(0);
    // What was made before stays on the first device; this is the second one's.
    await cdp.send("WebAuthn.clearCredentials", { authenticatorId });
    await page.goto(new URL("/", link).href);
    await page.getByRole("link", { name: "Add a passkey" }).click();
    await page.getByLabel("What to call it").fill("laptop");
    await press(page, "Add a passkey");
    await heading(page, "You are signed in").waitFor();
    expect(await page.getByRole("listitem").count()).toBe(2);
    const laptop = await privateWindow(friend);
    await laptop.page.goto(up.url);
    await press(laptop.page, "Sign in with a passkey");
    await laptop.page.locator("html[data-ready=true]").waitFor();
    const own = (await home.json("passkey", "ls")).passkeys.filter(({ person }: any) => person === "a friend of notes");
    expect(own.map(({ name }: any) => name)).toContain("laptop");
    await Promise.all([friend.close(), laptop.close()]);
  }, 120_000);

  it("comes too late with an invitation that has expired", async () => {
    const link = await invite("another");
    const token = new URL(link).searchParams.get("invite")!;
    const client = new DynamoDBClient(clientConfig((await home.json("cloud", "env")) as Record<string, string>));
    await client.send(
      new UpdateItemCommand({
        TableName: "home--foundation--access",
        Key: { id: { S: rowId.invite(token) } },
        UpdateExpression: "SET expires = :past",
        ExpressionAttributeValues: { ":past": { N: String(Math.floor(Date.now() / 1000) - 1) } },
      }),
    );
    client.destroy();
    expect((await guest.page.goto(link))?.status()).toBe(401);
    await heading(guest.page, "This invitation does not work any more").waitFor();
  }, 60_000);
}

function pages(): void {
  // A phone, a keyboard alone, the dark theme; Chromium itself enforces the policy that forbids scripts but ours.
  it.each(["light", "dark"] as const)(
    "fit 320 pixels, in %s, are used by keyboard, and break no rule of their own",
    async (colorScheme) => {
      const { page, close } = await device();
      const wrong: string[] = [];
      page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
      page.on("pageerror", (error) => wrong.push(error.message));
      await page.setViewportSize({ width: 320, height: 568 });
      await page.emulateMedia({ colorScheme });
      const invited = await linkTo("guest", "invite", "first", "--name", colorScheme);
      for (const address of [urls["first"]!, invited, await linkTo("passkey", "add"), new URL("/", invited).href]) {
        await page.goto(address);
        await page.getByRole("heading", { level: 1 }).waitFor();
        const { width } = (await page.locator("html").boundingBox())!;
        expect(width).toBeLessThanOrEqual(320);
        const paper = await page
          .locator("body")
          .evaluate((one: any) => one.ownerDocument.defaultView.getComputedStyle(one).backgroundColor);
        expect(paper).toBe(colorScheme === "dark" ? "rgb(22, 24, 29)" : "rgb(255, 255, 255)");
      }
      await page.goto(await linkTo("passkey", "add"));
      for (let tabs = 0; tabs < 2; tabs++) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await heading(page, "You are signed in").waitFor();
      expect(wrong).toEqual([]);
      await close();
    },
    60_000,
  );
}
