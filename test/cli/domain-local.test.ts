/** `domain` on a local cloud: there are no names on the internet for it, and that is found before anything begins. */
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { saveCloud } from "../../cli/clouds.ts";
import type { Input } from "../../cli/command.ts";
import * as add from "../../cli/commands/domain-add.ts";
import * as ls from "../../cli/commands/domain-ls.ts";
import * as rm from "../../cli/commands/domain-rm.ts";
import { findPaths } from "../../cli/paths.ts";

async function onLocalCloud() {
  const dir = mkdtempSync(join(tmpdir(), "freehold-"));
  const paths = findPaths({ FREEHOLD_HOME: dir });
  const where = { region: "eu-central-1", accountId: "000000000000", timeZone: "UTC", port: 4780 };
  await saveCloud(paths, { name: "home", target: "local", ...where });
  const heard: string[] = [];
  const input = {
    ...{ args: ["notes", "notes.example.com"], flags: {}, paths, env: {}, cwd: dir, typed: "freehold domain" },
    interactive: true,
    emit: ({ type }: { type: string }) => void heard.push(type),
    ask: async (question: string) => {
      heard.push(question);
      return "y";
    },
  } as unknown as Input;
  /** But for the list of clouds, and its copy that is read faster. */
  const files = () => {
    const all = readdirSync(dir, { recursive: true, withFileTypes: true });
    return all.filter((one) => one.isFile() && !one.name.startsWith("clouds.")).map(({ name }) => name);
  };
  return { input, heard, files };
}

// Whoever is asked first and refused then has answered for nothing; an operation that began leaves a trace.
it.each([
  ["add", add],
  ["rm", rm],
])("domain %s is refused with 2 and what to do, asks nothing and leaves nothing", async (_, command) => {
  const { input, heard, files } = await onLocalCloud();
  const next = "freehold setup --target aws --name OTHER";
  await expect(command.run(input)).rejects.toMatchObject({ code: "domain-local", exitCode: 2, next });
  expect([heard, files()]).toEqual([[], []]);
});

it("domain ls has none there", async () => {
  const { input } = await onLocalCloud();
  expect(await ls.run(input)).toEqual({ document: { cloud: "home", domains: [] } });
});
