/** What is looked at of secret settings before an app is changed; the values are in nobody's hands but the store's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Blueprint, loadBlueprint } from "../../blueprints/load.ts";
import { checkNeeded } from "../../cli/operations/needed.ts";
import type { Plan } from "../../cli/operations/plan.ts";
import { settingsFrom } from "../../cli/operations/settings.ts";
import type { Work } from "../../cli/operations/work.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { OperationEvent } from "../../stacks/events.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { said } from "../support/said.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-secrets-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let count = 0;
async function withToken(definition: string): Promise<Blueprint> {
  const folder = await copyCounter(dir, `counter-${count++}`);
  await changeFile(join(folder, "blueprint.yaml"), (text) => `${text}  token: { type: secret, ${definition} }\n`);
  return loadBlueprint(folder);
}

/** With these set in the cloud; without any there is no cloud yet. */
async function checked(
  blueprint: Blueprint,
  set: Record<string, string> | undefined,
  { installed = false, given = {}, ref = "./counter" }: { installed?: boolean; given?: object; ref?: string } = {},
) {
  const read: string[] = [];
  const deploy = {
    listSecrets: async () => Object.keys(set ?? {}),
    readSecret: async (_: Cloud, __: string, name: string) => {
      read.push(name);
      return set![name]!;
    },
  };
  const before = installed ? { state: "running", url: "http://x" } : undefined;
  const app = { name: "counter", blueprint, settings: {}, secrets: given };
  const plan = { app, blueprint, before, source: { ref: "./counter" } } as unknown as Plan;
  const events: OperationEvent[] = [];
  const request = { operation: "up", command: "freehold up ./counter", ...(ref ? { ref } : {}) };
  const emit = (event: OperationEvent): number => events.push(event);
  const cloud = set ? ({ name: "home" } as Cloud) : undefined;
  const work = { deploy, request, emit, answers: { settings: {} } } as unknown as Work;
  return { end: await said(checkNeeded(work, cloud, plan)), read, events };
}

describe("a required setting", () => {
  // Who is asked three times, for one thing each time, is not told what it takes.
  it("is told with all that is missing, secrets too, and with the rules to ask by", async () => {
    const blueprint = await withToken("required: true }\n  owner: { type: string, required: true, label: Owner");
    const { end, events } = await checked(blueprint, undefined);
    expect(end).toContain("counter needs owner, token. Nothing was changed.");
    expect(end).toContain("freehold secret set counter token < FILE");
    expect(events).toEqual([
      {
        type: "settings-needed",
        app: "counter",
        settings: [
          { name: "token", type: "secret", required: true },
          { name: "owner", type: "string", required: true, label: "Owner" },
        ],
      },
    ]);
    // Of all that is installed nobody could say whose answer it is.
    expect((await checked(blueprint, undefined, { ref: "" })).events).toEqual([]);
  });

  it("that is secret, and was answered, is needed no more, when it fits", async () => {
    const blueprint = await withToken('required: true, pattern: "^ghp_"');
    expect((await checked(blueprint, undefined, { given: { token: "ghp_x" } })).end).toBe("done");
    const { end } = await checked(blueprint, {}, { given: { token: "hunter22" } });
    expect(end).toMatch(/token does not meet \^ghp_(?!.*hunter22)/);
  });
});

describe("a required secret", () => {
  // Half an app, or a cloud made for nothing, would be what somebody gets who forgot one.
  it("that is not set ends what needs it, also where there is no cloud to set it in", async () => {
    const blueprint = await withToken("required: true");
    for (const set of [undefined, {}, { other: "x" }] as (Record<string, string> | undefined)[])
      expect((await checked(blueprint, set)).end).toContain("counter needs token");
    expect(await checked(blueprint, { token: "x" })).toEqual({ end: "done", read: [], events: [] });
    expect((await checked(blueprint, {}, { installed: true })).end).toContain("counter needs token");
  });

  it("that was set before its pattern was known has to meet it, and is not repeated", async () => {
    const blueprint = await withToken('pattern: "^ghp_"');
    const { end } = await checked(blueprint, { token: "hunter22" });
    expect(end).toContain("token does not meet ^ghp_");
    expect(end).not.toContain("hunter22");
    expect((await checked(blueprint, { token: "ghp_x" })).end).toBe("done");
    // Of an app that runs, `secret set` looked at it.
    expect((await checked(blueprint, { token: "hunter22" }, { installed: true })).read).toEqual([]);
    expect((await checked(blueprint, undefined)).end).toBe("done");
  });
});

// The shell's history keeps it, and other processes see it.
it("a secret among the settings that were typed is refused, and not repeated", async () => {
  const { manifest } = await withToken("required: true");
  expect(() => settingsFrom("counter", manifest, { token: "hunter22" }, {})).toThrow(/token is secret(?!.*hunter22)/);
  expect(settingsFrom("counter", manifest, { greeting: "Hi" }, {})).toEqual({ greeting: "Hi" });
});
