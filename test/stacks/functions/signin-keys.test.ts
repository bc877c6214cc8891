/**
 * The keys that sign sessions: made when first needed, published before they sign, changed in time or when told, by as
 * many instances at once as there are; and what an instance loads for it.
 */
import { generateKeyPairSync } from "node:crypto";
import { resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { awsJson } from "../../../stacks/functions/shared/aws-call.ts";
import { kidOf, kidOfToken, publicHalf } from "../../../stacks/functions/shared/session.ts";
import { keyName, now, type Site, signinSite } from "./signin-site.ts";

let site: Site;
beforeAll(async () => {
  site = await signinSite(["notes"]);
});
afterAll(async () => {
  vi.useRealTimers();
  await site.close();
});

/** From test to test it goes on: a key is never from the future. */
const later = (seconds: number): unknown => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
const day = 86_400;

const tokenIn = (cookies: string[]): string => cookies[0]!.split("=")[1]!;
const kidNow = async (): Promise<string> => kidOfToken(tokenIn(await site.signedIn()))!;
const isIn = async (cookies: string[]): Promise<boolean> =>
  (await site.ask("GET", "/", { cookies })).body.includes("You are signed in");

async function stored(): Promise<string> {
  const { Parameter } = await awsJson("ssm", "GetParameter", { Name: keyName, WithDecryption: true });
  return (Parameter as { Value: string }).Value;
}

/** As clouds from before have one, and no row that tells of it. */
async function storeOld(): Promise<string> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const Value = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
  await awsJson("ssm", "PutParameter", { Name: keyName, Type: "SecureString", Value, Overwrite: true });
  return kidOf(publicHalf(privateKey));
}

const message = (signin: Awaited<ReturnType<Site["instance"]>>) => signin.handler({ ask: "rotate" } as never);

describe("the key that signs sessions", () => {
  it("is made by whoever needs it first, and is one, however many do", async () => {
    const instances = [await site.instance(), await site.instance(), await site.instance()];
    await Promise.all(instances.map(message));
    const key = await stored();
    await site.restart();
    const kid = await kidNow();
    expect(await stored()).toBe(key);
    expect((await site.rows("signing/")).map(({ id }) => id)).toContain(`signing/${kid}`);
    const { Parameter } = await awsJson("ssm", "GetParameter", { Name: keyName });
    expect(Parameter).toMatchObject({ Type: "SecureString" });
  });

  it("of a cloud from before is taken over", async () => {
    const kid = await storeOld();
    await site.restart();
    const cookies = await site.signedIn();
    expect(kidOfToken(tokenIn(cookies))).toBe(kid);
    expect(await isIn(cookies)).toBe(true);
  });

  it("is another one after 30 days, and what the old one signed stays good until it ends", async () => {
    const before = await kidNow();
    later(30 * day - 120);
    const cookies = await site.signedIn();
    expect(kidOfToken(tokenIn(cookies))).toBe(before);
    later(180);
    const after = await kidNow();
    expect(after).not.toBe(before);
    later(day - 300);
    expect(await isIn(cookies)).toBe(true);
    const [row] = await site.rows(`signing/${before}`);
    // The last token signed with it ends a day after the change.
    expect(row!["expires"] - now()).toBeGreaterThan(300);
    expect(row!["expires"] - now()).toBeLessThan(3 * 3600);
  });

  it("changes when it is told to, at once here, within a minute elsewhere, and no more often than once a minute", async () => {
    const cookies = await site.signedIn();
    const before = kidOfToken(tokenIn(cookies))!;
    later(120);
    const other = await site.instance();
    await message(other);
    await message(other);
    const rows = await site.rows("signing/");
    expect(rows.filter(({ created }) => created >= now() - 5)).toHaveLength(1);
    later(61);
    expect(await kidNow()).not.toBe(before);
    expect(await isIn(cookies)).toBe(true);
    const [row] = await site.rows(`signing/${before}`);
    expect(row!["expires"]).toBeLessThanOrEqual(now() + day + 2 * 3600);
    later(day + 2 * 3600);
    expect(await isIn(cookies)).toBe(false);
  });

  it("changed by two at once is published whichever of them signs", async () => {
    later(40 * day);
    const instances = [await site.instance(), await site.instance()];
    await Promise.all(instances.map(message));
    const fresh = (await site.rows("signing/")).filter(({ created }) => created >= now() - 5);
    expect(fresh.length).toBeGreaterThanOrEqual(1);
    await site.restart();
    expect(fresh.map(({ id }) => id)).toContain(`signing/${await kidNow()}`);
  });

  it("that nobody used for so long that its row is over is not signed with again", async () => {
    const before = await kidNow();
    later(40 * day);
    await site.restart();
    const cookies = await site.signedIn();
    expect(kidOfToken(tokenIn(cookies))).not.toBe(before);
    expect(await isIn(cookies)).toBe(true);
  });
});

// Renewing and exchanging wait for what is loaded; passkeys are needed by few requests (0.3 MB, 50 ms of CPU).
it("loads the library of passkeys with nothing but what needs it", async () => {
  const { metafile } = await build({
    entryPoints: [resolve(import.meta.dirname, "../../../stacks/functions/signin/index.ts")],
    ...{ bundle: true, platform: "node", format: "esm", splitting: true, write: false, metafile: true, outdir: "out" },
  });
  const parts = Object.entries(metafile.outputs);
  const atOnce = (path: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === "import-statement") atOnce(next, seen);
    return seen;
  };
  const inputs = (paths: Iterable<string>) =>
    [...paths].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
  const isLibrary = (input: string): boolean => input.includes("@simplewebauthn");
  const entry = parts.find(([, { entryPoint }]) => entryPoint?.endsWith("signin/index.ts"))![0];
  expect(inputs(atOnce(entry)).filter(isLibrary)).toEqual([]);
  expect(inputs(parts.map(([path]) => path)).some(isLibrary)).toBe(true);
});
