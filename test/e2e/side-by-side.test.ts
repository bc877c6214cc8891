/**
 * C6: two apps brought up at once where there is nothing yet. A16: a proxy that leads nowhere, and a name that does not
 * resolve. Both in homes of their own.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig, inventory } from "../support/aws.ts";
import { copyCounter } from "../support/counter.ts";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { startTestCloud } from "../support/local-cloud.ts";

/** As offices set them; nothing answers there. The last one makes Node itself heed the others. */
const proxies = {
  HTTP_PROXY: "http://127.0.0.1:9",
  HTTPS_PROXY: "http://127.0.0.1:9",
  http_proxy: "http://127.0.0.1:9",
  https_proxy: "http://127.0.0.1:9",
  NODE_USE_ENV_PROXY: "1",
};

let home: Home;
beforeAll(async () => {
  home = await withHome({ env: proxies });
  await copyCounter(home.dir);
});
afterAll(() => home?.close());

describe("a home in which nothing is yet, behind a proxy that leads nowhere", () => {
  // C6: both need the foundation, and neither may make a second one. A16: what is on this computer needs no proxy.
  it("C6, A16: two apps go up at once and share one foundation", async () => {
    const one = () => home.events("up", "./counter", "--as", "one");
    const other = () => home.events("up", "./counter", "--as", "other");
    for (const events of await Promise.all([one(), other()])) expect(resultOf(events)).toMatchObject({ ok: true });
    const names = (await inventory(clientConfig((await home.json("cloud", "env")) as Record<string, string>))).sort();
    const of = (part: string) => names.filter((name) => name.includes(`--${part}--`));
    const shape = (part: string) => of(part).map((name) => name.replace(part, "APP").replace(/-[0-9a-f]{6,}$/, ""));
    expect(shape("one")).toEqual(shape("other"));
    expect(of("one").length).toBeGreaterThan(3);
    // Nothing besides the two and one foundation: its function, its table and its role.
    expect(of("foundation").length).toBe(names.length - of("one").length - of("other").length);
    expect(of("foundation").filter((name) => name.startsWith("function "))).toHaveLength(1);
    const { apps } = await home.json("ls");
    expect(apps.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ["one", "running"],
      ["other", "running"],
    ]);
    const status = await home.json("status");
    expect(status.apps.map(({ answers }: { answers: boolean }) => answers)).toEqual([true, true]);
  });
});

describe("A16: an endpoint whose name does not resolve", () => {
  // A typing error in a configuration must read as one, and not take minutes of retries to tell.
  it("is named in one line, within the time of the retries, and nothing is changed", async () => {
    const cloud = await startTestCloud();
    const away = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: "http://nowhere.invalid:1" } });
    try {
      const done = await away.attempt("setup", "--target", "aws", "--name", "work", "--yes");
      expect(done.code).toBe(1);
      expect(done.stderr).toMatch(/nowhere\.invalid.*cannot be resolved/);
      expect(done.stderr).not.toMatch(/bug in Freehold|at .*\.[cm]js:\d+/);
      expect(done.ms).toBeLessThan(20_000);
      expect((await away.json("cloud", "ls")).clouds).toEqual([]);
    } finally {
      await away.close();
      await cloud.close();
    }
  });
});
