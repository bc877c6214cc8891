/** Row F11: a state of 10,000 resources is made, read and written again in bounded memory. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";

const at = (path: string): string => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);

const script = `
  import { openBackend } from ${at("../../stacks/engine/state/index.ts")};
  import { systemClock } from ${at("../../stacks/engine/clock.ts")};
  import { info, ref, root, thing } from ${at("../stacks/engine/state/things.ts")};
  const open = () => openBackend(process.argv[1], { clock: systemClock });
  await open().create(ref);
  const update = await open().openUpdate(ref, "update", undefined);
  update.journal.record({ resource: root(), replaces: null });
  const text = "what a resource says of itself ".repeat(10);
  await Promise.all(Array.from({ length: 10_000 }, async (_, n) => {
    const resource = thing("t" + n, { parent: root().urn, inputs: { text, n } }, { text, n, arn: "arn:" + n });
    const entry = await update.journal.begin({ type: "creating", resource: { ...resource, outputs: {} } });
    await entry.done({ resource, replaces: null });
  }));
  await update.finish(info);
  const again = await open().openUpdate(ref, "update", undefined);
  await again.finish(info);
  console.log(JSON.stringify({ resources: again.base.resources.length, kib: process.resourceUsage().maxRSS }));`;

it("F11: 10,000 resources stay below 400 MiB", { timeout: 120_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), "freehold-state-size-"));
  try {
    const args = ["--input-type=module", "-e", script, pathToFileURL(dir).href];
    const said = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
    expect(said.resources).toBe(10_001);
    expect(said.kib / 1024).toBeLessThan(400);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
