/**
 * The page "Write a blueprint in ten minutes", carried out as it stands: its files written, its commands run, in order.
 * What it says about the result is checked here by hand.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { changeFile } from "../support/counter.ts";
import { ask, type Finished, type Home, root, signIn, withHome } from "../support/home.ts";

interface Block {
  language: string;
  /** Of files. */
  path: string;
  text: string;
}

let home: Home;
let blocks: Block[];

beforeAll(async () => {
  home = await withHome();
  const page = await readFile(join(root, "docs/authors/README.md"), "utf8");
  blocks = [...page.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm)].map(([, language = "", path = "", text = ""]) => ({
    language,
    path,
    text,
  }));
});

afterAll(() => home?.close());

/** The commands of the n-th shell block; a line that is no freehold command would not be tried, so it is refused. */
async function runBlock(n: number): Promise<Finished[]> {
  const lines =
    blocks
      .filter(({ language }) => language === "sh")
      [n]?.text.trim()
      .split("\n") ?? [];
  expect(lines.length).toBeGreaterThan(0);
  const done: Finished[] = [];
  for (const line of lines) {
    const [command, ...args] = line.split(" ");
    expect(command).toBe("freehold");
    // Without a terminal, open prints the link instead of starting a browser only when asked for JSON.
    done.push(await home.freehold(...args, ...(args[0] === "open" ? ["--json"] : [])));
  }
  return done;
}

// A page that no longer works costs its reader the first ten minutes, and the wish for ten more.
it("takes its reader from an empty folder to an app that comes up, works, changes and goes", async () => {
  for (const { path, text } of blocks.filter(({ path }) => path)) {
    await mkdir(dirname(join(home.dir, path)), { recursive: true });
    await writeFile(join(home.dir, path), text);
  }
  const [preview, , opened] = await runBlock(0);
  expect(preview?.stdout).toContain("Nothing was changed.");
  const { link, url } = JSON.parse(opened?.stdout ?? "");
  const cookie = await signIn(link);
  const links = new URL("/api/links", url).href;
  expect((await ask(links)).status).toBe(401);
  expect((await ask(url, { headers: { cookie } })).text).toContain("<h1>Bookmarks</h1>");
  const post = (body: object) => ask(links, { method: "POST", headers: { cookie }, body: JSON.stringify(body) });
  expect((await post({ url: "https://example.org/" })).status).toBe(201);
  expect((await post({ url: "nothing" })).status).toBe(400);

  await runBlock(1);
  const list = async () => JSON.parse((await ask(links, { headers: { cookie } })).text);
  expect(await list()).toEqual({ title: "Reading", links: ["https://example.org/"] });

  const page = join(home.dir, "bookmarks/site/index.html");
  await changeFile(page, (text) => text.replace("<title>Bookmarks", "<title>Kept"));
  const [, changed] = await runBlock(2);
  expect(changed?.stderr).toMatch(/updated S3 object site\/index\.html[\s\S]*bookmarks: succeeded, 1 updated/);
  expect((await ask(url, { headers: { cookie } })).text).toContain("<title>Kept");
  expect((await list()).links).toHaveLength(1);

  const [kept, gone] = await runBlock(3);
  expect(kept?.stderr).toContain("left in place DynamoDB table links");
  expect(kept?.stderr).toMatch(/bookmarks: succeeded, \d+ deleted, 1 left in place/);
  expect(kept?.stdout).toContain("kept DynamoDB table links");
  expect(gone?.stdout).toBe("bookmarks is removed.\n");
  expect(await home.json("ls")).toMatchObject({ apps: [] });
});
