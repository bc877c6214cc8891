/**
 * Whole commands on AWS as it is (test/support/scripted-aws.ts): nothing is there at once, names are not free at once,
 * AWS throttles (A1), and answers are lost, cut off or spoilt after the call was carried out (A2, A3). Each command
 * converges by itself, says what it waits for (A6, A9), makes nothing twice (A8), takes other orders for no difference (A17) and
 * leaves nothing (A18). On the local cloud, whose functions run, and on moto.
 */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { clientConfig, inventory } from "../support/aws.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { changesOf, type Home, resultOf, withHome } from "../support/home.ts";
import { startTestCloud } from "../support/local-cloud.ts";
import { startMoto } from "../support/moto.ts";
import { changesSeen, partsOf } from "../support/oracle.ts";
import { type ScriptedAws, startScriptedAws } from "../support/scripted-aws.ts";
import { missing, motoServer, rounds } from "../support/tools.ts";

/** A seed is a day: one here, more in long runs. FREEHOLD_TEST_SEED has one day again, nearly. */
const first = Number(process.env["FREEHOLD_TEST_SEED"] ?? 1);
const days = Array.from({ length: Math.ceil(rounds / 3) }, (_, day) => first + day);
const lost = 0.05;
const setup = ["setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes"];

interface Under {
  endpoint: string;
  env: Record<string, string>;
  close(): Promise<void>;
}

const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened.reverse()) await one.close();
});

async function start(under: Under, seed: number): Promise<{ aws: ScriptedAws; home: Home }> {
  const aws = await startScriptedAws(under.endpoint, { seed, scale: 0.05, throttled: 0.02, lost });
  const home = await withHome({ env: { ...under.env, AWS_ENDPOINT_URL: aws.endpoint } });
  opened.push(under, aws, home);
  return { aws, home };
}

const waitsOf = (events: any[]): string =>
  events
    .filter(({ phase }) => phase === "waiting")
    .map(({ message }) => message)
    .join("\n");

/** On a slow machine roles and tables are old enough when they are looked at: it is said just when they were not. */
function saysWhatItWaitsFor(aws: ScriptedAws, events: any[]): void {
  const refused = aws.log.some(({ operation, status }) => operation === "CreateFunction" && status === 400);
  expect(/waiting for role .* to be assumable by Lambda/.test(waitsOf(events))).toBe(refused);
  const young = aws.log.some(({ creating }) => creating);
  expect(/waiting for table .* to be ACTIVE/.test(waitsOf(events)) || !young).toBe(true);
}

async function life(under: Under, seed: number): Promise<void> {
  const { aws, home } = await start(under, seed);
  const config = clientConfig(under.env);
  await copyCounter(home.dir);
  const newer = await copyCounter(home.dir, "newer");
  const up = ["up", "./counter"];
  expect(resultOf(await home.events(...setup))).toMatchObject({ ok: true });

  aws.log.length = 0;
  const made = await home.events(...up);
  expect(resultOf(made)).toMatchObject({ ok: true });
  saysWhatItWaitsFor(aws, made);
  const whole = await partsOf(config, "counter");
  // A name that came up twice would be there twice, or under another.
  expect(new Set(whole).size).toBe(whole.length);
  expect((await home.json("state", "verify", "counter")).stacks).toMatchObject([{ state: "sound" }]);

  aws.plan([]);
  expect(changesOf(await home.events(...up))).toEqual([]);
  expect(changesSeen(aws)).toEqual([]);

  // An index takes a table minutes on AWS; and what is new has a role, a function and a table of its own to wait for.
  await changeFile(join(newer, "blueprint.yaml"), (text) =>
    text
      .replace("version: 1.0.0", "version: 1.1.0")
      .replace("{ key: { id: string } }", "{ key: { id: string }, indexes: { by-n: { key: { n: string } } } }")
      .replace(
        "tables:\n",
        "  tidy: { code: api, handler: index.handler, runtime: nodejs24.x }\n\ntables:\n  log: { key: { id: string } }\n",
      ),
  );
  await changeFile(join(newer, "api/index.mjs"), (text) => `${text}\n// Another version.\n`);
  aws.log.length = 0;
  const upgraded = await home.events("upgrade", "counter", "--to", "./newer");
  expect(resultOf(upgraded)).toMatchObject({ ok: true });
  expect(changesOf(upgraded).join()).toMatch(/update aws:dynamodb\/table:Table/);
  saysWhatItWaitsFor(aws, upgraded);
  const more = [
    "function work--APP--tidy",
    "role work--APP--exec--tidy",
    "role work--APP--tidy",
    "table work--APP--log",
  ];
  expect(await partsOf(config, "counter")).toEqual([...whole, ...more].sort());
  expect(changesOf(await home.events("preview", "counter", "--refresh"))).toEqual([]);

  // The names are taken again while AWS is still letting go of them.
  await home.freehold("destroy", "counter", "--data", "delete", "--yes");
  expect(await partsOf(config, "counter")).toEqual([]);
  expect(resultOf(await home.events(...up))).toMatchObject({ ok: true });
  expect(await partsOf(config, "counter")).toEqual(whole);

  await home.freehold("destroy", "--all", "--data", "delete", "--yes");
  expect(await inventory(config)).toEqual([]);
  expect(aws.log.some((call) => call.lost)).toBe(true);
}

describe("setup, up, upgrade, destroy, up again, destroy all", { timeout: 240_000 }, () => {
  it.each(days)("on the local cloud, on day %i", async (seed) => await life(await startTestCloud(), seed));

  it.skipIf(missing(motoServer(), "moto_server"))("on moto", async () => await life(await startMoto(), first));
});
