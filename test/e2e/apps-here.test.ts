/**
 * The bundled apps in this process, with their data on a local cloud: what each promises its owner and refuses everybody
 * else, quickly. The same words are asked of them behind their gates in apps-up.deep.test.ts.
 */
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type App, type AppHere, appHere } from "../support/apps.ts";
import { drop } from "./apps/drop.ts";
import { forms } from "./apps/forms.ts";
import { links } from "./apps/links.ts";
import { paste } from "./apps/paste.ts";
import { type Report, tasks } from "./apps/tasks.ts";

describe.each([
  ["links", links],
  ["drop", drop],
  ["forms", forms],
  ["paste", paste],
  ["tasks", (app: () => AppHere) => tasks(app, () => read(app()))],
])("%s", (name, promises) => {
  let app: AppHere;
  beforeAll(async () => {
    app = await appHere(name);
  });
  afterAll(() => app?.close());
  promises(() => app);

  if (name === "drop") removesBytes(() => app);
});

/** What `api` would ask of `report`. */
const read = (app: AppHere): Report => ({
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
