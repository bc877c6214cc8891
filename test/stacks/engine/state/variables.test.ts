/** `PULUMI_DIY_BACKEND_*`: each changes what the official engine says it changes, or is refused by name. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderPlace, info, keys, type Place, ref, root } from "./support.ts";

let place: Place;
beforeEach(async () => {
  place = await folderPlace();
});
afterEach(() => place.remove());

async function run(env: Record<string, string>): Promise<void> {
  const backend = place.open({ env });
  if (!(await backend.exists(ref))) await backend.create(ref);
  const update = await backend.openUpdate(ref, "update", undefined);
  if (update.base.resources.length === 0) update.journal.record({ resource: root(), replaces: null });
  await update.finish(info);
}
const files = async (folder: string) => (await place.list(folder)).map((file) => file.replace(/\d{19}/, "TIME"));

// A stack goes from one form to another with its next update, and is read in any.
test("packing", async () => {
  for (const [name, ending] of [
    ["GZIP", ".gz"],
    ["ZSTD", ".zst"],
  ] as const) {
    await run({ [`PULUMI_DIY_BACKEND_${name}`]: "true" });
    const kept = (await files(".pulumi/stacks/shop")).filter((file) => !file.endsWith(".bak"));
    expect(kept).toEqual([`dev.json${ending}`]);
    expect(await files(".pulumi/history/shop/dev")).toContain(`dev-TIME.checkpoint.json${ending}`);
    expect(await files(".pulumi/backups/shop/dev")).toContain(`dev.TIME.json${ending}`);
    expect((await place.open().load(ref)).resourceCount).toBe(1);
  }
  await run({});
  expect(await place.get(keys.checkpoint)).toContain('"version":3');
  expect(await place.open().history(ref)).toHaveLength(3);
});

// Fewer copies or more of them, as asked.
test("backups and retained checkpoints", async () => {
  await run({ PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "1", PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS: "true" });
  expect(await files(".pulumi/backups")).toEqual([]);
  expect(await files(".pulumi/stacks/shop")).toContain("dev.json.TIME");
  expect(await place.open().stacks()).toHaveLength(1);
});

// Nothing is passed over.
test("what this engine does not do", () => {
  expect(() => place.open({ env: { PULUMI_DIY_BACKEND_GZIP: "1", PULUMI_DIY_BACKEND_ZSTD: "1" } })).toThrow("both");
  expect(() => place.open({ env: { PULUMI_DIY_BACKEND_LEGACY_LAYOUT: "1" } })).toThrow("LEGACY_LAYOUT");
  expect(() => place.open({ env: { PULUMI_DIY_BACKEND_TELEPORT: "1" } })).toThrow("TELEPORT");
});
