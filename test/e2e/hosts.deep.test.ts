/**
 * Names of the owner's, as a person meets them: two apps and sign-in at hosts of one domain, one behind an HTTP API and one
 * behind CloudFront (both played, over TLS), in a real browser whose passkey is for the older address.
 */
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  TagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/aws.ts";
import { type Device, newDevice, openBrowser } from "../support/browser.ts";
import { copyCounter } from "../support/counter.ts";
import { cloudFront, type Front, httpApi } from "../support/fronts.ts";
import { type Home, withHome } from "../support/home.ts";
import { certificateFor, chromiumFinds } from "../support/tls.ts";
import { chromium, missing, openssl } from "../support/tools.ts";

const hosts = { first: "first.example.org", second: "second.example.org", signin: "signin.example.org" };
let home: Home;
let lambda: LambdaClient;
let browser: Browser;
let laptop: Device;
const fronts: Front[] = [];
const urls: Record<string, string> = {};

const hostOf = (page: Page): string => new URL(page.url()).hostname;
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

async function isAt(page: Page, host: string): Promise<void> {
  await page.getByText("Counter", { exact: true }).first().waitFor();
  expect(hostOf(page)).toBe(host);
}

/** What an operation writes into the function's environment and its tags. */
async function tell(name: string, variable: string, change: object, host?: string): Promise<void> {
  const { Environment, FunctionArn } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const known = Environment!.Variables!;
  const Variables = { ...known, [variable]: JSON.stringify({ ...JSON.parse(known[variable]!), ...change }) };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables } }));
  if (host)
    await lambda.send(
      new TagResourceCommand({ Resource: FunctionArn!, Tags: { "freehold:names": host, "freehold:name": host } }),
    );
}

async function invoke(FunctionName: string, event: string) {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(event) }));
  return { payload: Buffer.from(answer.Payload!), failed: answer.FunctionError !== undefined };
}

describe.skipIf(missing(chromium(), "Chromium") || missing(openssl(), "openssl"))("in a real browser", () => {
  beforeAll(async () => {
    home = await withHome();
    const folder = await copyCounter(home.dir);
    const links: Record<string, string> = {};
    for (const app of ["first", "second"]) {
      const [up] = (await home.events("up", folder, "--as", app)).at(-1).apps;
      urls[app] = up.url;
      links[app] = up.link;
    }
    const config = clientConfig((await home.json("cloud", "env")) as Record<string, string>);
    lambda = new LambdaClient(config);
    const tls = await certificateFor(Object.values(hosts));
    const gates = { [hosts.first]: "home--first--gate", [hosts.signin]: "home--foundation--signin" };
    const api = await httpApi(gates, invoke, { tls });
    const port = Number(new URL(config.endpoint).port);
    const front = await cloudFront({ [hosts.second]: new URL(urls["second"]!).host }, port, tls);
    fronts.push(api, front);
    const ports = { [hosts.first]: api.port, [hosts.signin]: api.port, [hosts.second]: front.port };
    browser = await openBrowser(chromiumFinds(ports, tls));
    laptop = await newDevice(browser);
    // Before there are names of its own.
    await laptop.page.goto(links["first"]!);
    await press(laptop.page, "Add a passkey");
    await isAt(laptop.page, "first--home.localhost");
    await laptop.context.clearCookies();
    for (const app of ["first", "second"] as const) {
      const change = { hosts: [hosts[app]], signinUrl: `https://${hosts.signin}/` };
      await tell(`home--${app}--gate`, "FREEHOLD_GATE", change, hosts[app]);
    }
    await tell("home--foundation--signin", "FREEHOLD_SIGNIN", { hosts: [hosts.signin] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    for (const front of fronts) front.close();
    lambda?.destroy();
    await home?.close();
  });

  // A passkey is for one host: nobody is locked out by a new one, and nobody is let in without one.
  it("leads to the older address with its passkey, back to add one, and on to where it was going", async () => {
    const { page } = laptop;
    await page.goto(`https://${hosts.first}/?kept=1`);
    await heading(page, "Sign in");
    expect(hostOf(page)).toBe(hosts.signin);
    await page.getByRole("link", { name: "Sign in there" }).click();
    await page.waitForURL((url) => url.hostname === "signin--home.localhost");
    await press(page, "Sign in with a passkey");
    await heading(page, "Add a passkey");
    expect(hostOf(page)).toBe(hosts.signin);
    await press(page, "Add a passkey");
    await isAt(page, hosts.first);
    expect(new URL(page.url()).search).toBe("?kept=1");
    const { passkeys } = await home.json("passkey", "ls");
    const listed = passkeys.map((one: { host: string }) => one.host).sort();
    expect(listed).toEqual(["signin--home.localhost", hosts.signin].sort());
  }, 60_000);

  it("reaches the other app, behind CloudFront, without being asked; each has a session of its own host alone", async () => {
    const { page, context } = laptop;
    await page.goto(`https://${hosts.second}/`);
    await isAt(page, hosts.second);
    const sessions = (await context.cookies()).filter(({ name }) => name === "__Host-session");
    const own = sessions.filter(({ domain }) => Object.values(hosts).includes(domain));
    expect(own.map(({ domain }) => domain).sort()).toEqual(Object.values(hosts).sort());
    expect(new Set(own.map(({ value }) => value)).size).toBe(3);
    for (const { httpOnly, sameSite, secure } of own) expect([httpOnly, sameSite, secure]).toEqual([true, "Lax", true]);
  }, 60_000);

  // Hosts of one domain are one site to a browser, so Lax cookies go along: the gate's own check is what counts.
  it("keeps two apps of one domain from each other's cookies, answers and changes", async () => {
    const { page, cdp } = laptop;
    await page.goto(`https://${hosts.first}/`);
    await isAt(page, hosts.first);
    // In the page, with what a page that attacks has.
    const tried = await page.evaluate(`(async () => {
      document.cookie = "__Host-session=forged; Domain=example.org; Path=/; Secure";
      document.cookie = "__Host-signin=forged; Domain=example.org; Path=/; Secure";
      const read = await fetch("https://${hosts.second}/", { credentials: "include" }).then(
        (answer) => answer.text(),
        () => "refused",
      );
      return { read, cookies: document.cookie };
    })()`);
    expect(tried).toEqual({ read: "refused", cookies: "" });
    // What a browser hides from the page, it tells whoever debugs it.
    const statuses: number[] = [];
    await cdp.send("Network.enable");
    cdp.on("Network.responseReceivedExtraInfo", ({ statusCode }) => void statuses.push(statusCode));
    await page.evaluate(
      (other) => fetch(other, { method: "POST", mode: "no-cors", credentials: "include", body: "x" }).catch(() => null),
      `https://${hosts.second}/api/count`,
    );
    await expect.poll(() => statuses).toEqual([403]);
    await page.goto(`https://${hosts.second}/`);
    await isAt(page, hosts.second);
  }, 60_000);

  it("signs in with the new passkey, and comes back to the address it came from, new or old", async () => {
    const window = await newDevice(browser, laptop);
    for (const [start, end] of [
      [`https://${hosts.second}/`, hosts.second],
      [urls["first"]!, "first--home.localhost"],
    ] as const) {
      await window.context.clearCookies();
      await window.page.goto(start);
      await heading(window.page, "Sign in");
      expect(hostOf(window.page)).toBe(hosts.signin);
      await press(window.page, "Sign in with a passkey");
      await isAt(window.page, end);
    }
    await window.close();
  }, 60_000);

  it("signs out of both apps at once", async () => {
    const { page } = laptop;
    await page.goto(`https://${hosts.signin}/`);
    await heading(page, "You are signed in");
    await press(page, "Sign out");
    await heading(page, "Sign in");
    for (const app of ["first", "second"] as const)
      await expect
        .poll(async () => (await page.goto(`https://${hosts[app]}/`)) && hostOf(page), {
          timeout: 60_000,
          interval: 1000,
        })
        .toBe(hosts.signin);
  }, 150_000);
});
