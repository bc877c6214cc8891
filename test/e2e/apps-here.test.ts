/**
 * The bundled apps in this process, with their data on a local cloud: what each promises its owner and refuses everybody
 * else, quickly. The same words are asked of them behind their gates in apps-up.deep.test.ts.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadBlueprint } from "../../blueprints/load.ts";
import { type App, type AppHere, appHere } from "../support/apps.ts";
import { root } from "../support/home.ts";
import { drop } from "./apps/drop.ts";
import { forms } from "./apps/forms.ts";
import { home } from "./apps/home.ts";
import { links } from "./apps/links.ts";
import { paste } from "./apps/paste.ts";
import { type Report, tasks } from "./apps/tasks.ts";

const read = (name: string, file: string): Promise<string> => readFile(join(root, "blueprints", name, file), "utf8");
const five = ["drop", "forms", "links", "paste", "tasks"];
const six = [...five, "home"];

// Nothing above a function's folder resolves, so the apps have copies: one that is mended in one place only is a trap.
it.each([
  ["api/http.mjs", six],
  ["site/page.js", six],
])("the copies of %s are the same in all apps", async (file, names) => {
  const copies = await Promise.all(names.map((name) => read(name, file)));
  expect(new Set(copies).size).toBe(1);
});

/** From a file's mark `base:` to `end of base`, or to its end. */
const baseOf = (text: string): string =>
  /^(?:\/\*|\/\/) base: .*$([\s\S]*?)(?:^\/\* end of base \*\/$|(?![\s\S]))/m.exec(text)?.[1] ?? "";

// Each app has colours and parts of its own; what it shares with the others is held alike in the same way.
it.each([
  ["site/app.css", five, 200],
  ["api/page.mjs", ["drop", "forms", "links", "paste"], 30],
])("the base of %s is the same in all apps", async (file, names, lines) => {
  const bases = await Promise.all(names.map(async (name) => baseOf(await read(name, file))));
  expect(new Set(bases).size).toBe(1);
  expect(bases[0]!.split("\n").length).toBeGreaterThan(lines);
});

// What a catalog shows of an app, and the first page its owner reads.
it.each(six)("%s says what it is, what it reaches, and how its data is taken out", async (name) => {
  const { manifest } = await loadBlueprint(join(root, "blueprints", name));
  expect(manifest).toMatchObject({ name, license: "MIT", icon: "icon.svg", health: "/api/health" });
  expect([manifest.tagline?.length, manifest.tags.length, Object.keys(manifest.settings).length].every(Boolean)).toBe(
    true,
  );
  expect(await read(name, "icon.svg")).toBe(await read(name, "site/icon.svg"));
  const page = await read(name, "README.md");
  for (const heading of ["## What it reaches", "## Data", "aws dynamodb scan --table-name home--"])
    expect(page).toContain(heading);
  for (const table of Object.keys(manifest.tables)) expect(page).toContain(`home--${name}--${table}`);
});

describe.each([
  ["links", links],
  ["drop", drop],
  ["forms", forms],
  ["home", home],
  ["paste", paste],
  ["tasks", (app: () => AppHere) => tasks(app, () => asked(app()))],
])("%s", (name, promises) => {
  let app: AppHere;
  beforeAll(async () => {
    app = await appHere(name);
  });
  afterAll(() => app?.close());
  promises(() => app);

  if (name === "drop") removesBytes(() => app);
  if (name === "forms") closesWhenFull(() => app);
});

// The owner's notes are shown to a friend, who may neither lose nor forge one of them.
it("notes shows a guest everything and lets them change nothing; an owner may", async () => {
  const app = await appHere("notes");
  try {
    const made = await app.owner("/api/notes", { method: "POST", body: { text: "Plums\n#food" } });
    const note = `/api/notes/${made.json.id}`;
    const guest = (path: string, asking: object = {}) => app.owner(path, { role: "guest", ...asking });
    const { json: about } = await guest("/api/about");
    expect([about.mayWrite, (await app.owner("/api/about")).json.mayWrite]).toEqual([false, true]);
    expect((await guest(note)).json.text).toBe("Plums\n#food");
    expect((await guest("/api/search?q=plum")).json.total).toBe(1);
    const file = "0123456789abcdefghi";
    for (const [method, path] of [
      ["POST", "/api/notes"],
      ["PUT", note],
      ["DELETE", note],
      ["POST", `${note}/files`],
      ["POST", `${note}/files/${file}`],
      ["DELETE", `${note}/files/${file}`],
    ] as const)
      expect(await guest(path, { method, body: { text: "x", version: 1, name: "a", size: 1 } }), path).toMatchObject({
        ...{ status: 403, json: { error: "You may read these notes, and change nothing." } },
      });
    expect((await app.owner("/api/notes")).json.notes).toMatchObject([{ title: "Plums", files: 0 }]);
    expect((await app.owner(note)).json.version).toBe(1);
  } finally {
    await app.close();
  }
});

/** What `api` would ask of `report`. */
const asked = (app: AppHere): Report => ({
  overview: (today) => app.call("report", { what: "overview", today, soon: 7 }),
  exported: async (format) => (await app.call("report", { what: "export", format })).text,
});

// No schedule removes what is over: the app does it itself, whenever it is used.
function removesBytes(app: () => App): void {
  it("removes the bytes of files whose time is over", async () => {
    const client = new S3Client({ ...app().config, forcePathStyle: true });
    const kept = async () => (await client.send(new ListObjectsV2Command({ Bucket: "files" }))).KeyCount;
    expect(await kept()).toBeGreaterThan(0);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 86_400_000 });
    try {
      expect((await app().owner("/api/drops")).json.drops).toEqual([]);
      expect(await kept()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
}

// Who fills a form in and is told only then that it takes no more has typed for nothing.
function closesWhenFull(app: () => App): void {
  it("takes as many answers as its setting says, however many send at once, and is closed then", async () => {
    const fields = [{ id: "name", label: "Name", kind: "text", required: true }];
    const { id } = (await app().owner("/api/forms", { method: "POST", body: { title: "Few", fields } })).json;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const send = () => app().anybody(`/f/${id}`, { method: "POST", headers, body: "name=Ada&began=1" });
    process.env["MOST"] = "2";
    try {
      expect((await app().anybody(`/f/${id}`)).status).toBe(200);
      const sent = await Promise.all([send(), send(), send(), send()]);
      expect(sent.map(({ status }) => status).sort()).toEqual([303, 303, 410, 410]);
      expect((await app().anybody(`/f/${id}`)).status).toBe(410);
      expect((await app().owner(`/api/forms/${id}/answers`)).json.answers).toHaveLength(2);
    } finally {
      process.env["MOST"] = "5000";
    }
  });
}
