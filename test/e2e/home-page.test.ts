/** The home page comes with a new cloud, after what was asked for, and is an app like others from then on. */

import { readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Home, resultOf, root, signIn, withHome } from "../support/home.ts";

/** As people have it: with the home page. */
const withPage = { env: { FREEHOLD_NO_HOME: "" } };

describe("the home page of a new cloud", () => {
  let home: Home;
  let url: string;
  let cookie: string;
  beforeAll(async () => {
    home = await withHome(withPage);
  });
  afterAll(() => home?.close());
  const get = async (path: string) => ask(new URL(path, url).href, { headers: { cookie } });

  // Who installs a first app is told of it first, and finds all apps of the cloud on one page without asking for it.
  it("is there after the first app, in the same operation, and is what open leads to", async () => {
    const events = await home.events("up", "paste");
    expect(resultOf(events)).toMatchObject({ exitCode: 0, apps: [{ name: "paste" }, { name: "home" }] });
    const stacks = events.filter(({ type }) => type === "summary").map(({ stack }) => stack);
    expect(stacks).toEqual(["foundation", "paste", "home"]);
    expect(resultOf(events).apps[1].link).toBeUndefined();
    const opened = await home.json("open");
    expect(opened.app).toBe("home");
    url = opened.url;
    cookie = await signIn(opened.link);
    const { apps } = JSON.parse((await get("/api/apps")).text);
    expect(apps.map(({ name, version }: any) => [name, version])).toEqual([
      ["home", "1.0.0"],
      ["paste", "1.0.0"],
    ]);
    // What apps store it asks for, and has when its owner says so.
    expect(JSON.parse((await get("/api/data/paste")).text)).toEqual({
      ...{ granted: false, command: "freehold grant add home data" },
    });
    expect((await home.json("grant", "ls")).grants).toMatchObject([
      { app: "home", what: "cloud", held: true },
      { app: "home", what: "data", held: false },
    ]);
    expect(apps[1].doors.join()).toContain("/p/");
  });

  // The page is the first thing one sees of a cloud, and is to be there at once on a slow line.
  it("is at most 60 KB to load, compressed, and lets nothing from elsewhere in", async () => {
    const files = readdirSync(join(root, "blueprints/home/site")).map((file) => (file === "index.html" ? "" : file));
    const sizes = await Promise.all(
      [...files, "api/about", "api/apps", "api/access?limit=200"].map((file) => sizeOf(new URL(file, url), cookie)),
    );
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60 * 1024);
    const policy = String((await get("/")).headers["content-security-policy"]);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  });
});

/** Bytes of the answer's body as it was sent. */
function sizeOf(url: URL, cookie: string): Promise<number> {
  const { port, host } = url;
  const headers = { host, cookie, "accept-encoding": "gzip, br" };
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: url.pathname + url.search, headers }, (response) => {
      let size = 0;
      response.on("data", (chunk: Buffer) => (size += chunk.length));
      response.on("end", () =>
        response.statusCode === 200 ? resolve(size) : reject(new Error(`${url.pathname}: ${response.statusCode}`)),
      );
    })
      .on("error", reject)
      .end();
  });
}
