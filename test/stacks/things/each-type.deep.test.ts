/**
 * Every type as a thing of one's own, on our cloud, on moto and on LocalStack: it is said, made, has nothing to do afterwards, leaves
 * as a plain Pulumi project, and goes; and one that was there before is taken in without a change, leaves, and is given back as it
 * was. All of one kind are one list: what a type does wrong is told by its name.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../stacks/cloud.ts";
import { derivedFoundation } from "../../../stacks/deploy/foundation.ts";
import { adoptable, deployThings, removeThing } from "../../../stacks/deploy/things.ts";
import { ejectStack, type FoundationOutputs } from "../../../stacks/deploy.ts";
import type { Provider } from "../../../stacks/engine/provider.ts";
import { Archive, Asset, type PropertyMap, type PropertyValue } from "../../../stacks/engine/value.ts";
import { createAwsProvider } from "../../../stacks/providers/aws/index.ts";
import { thingTypeOf } from "../../../stacks/things/schema.ts";
import { fileKey, type Json, type Thing } from "../../../stacks/things/thing.ts";
import { readWords } from "../../../stacks/things/words.ts";
import { engines, previewOf } from "../../support/ejected.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { localStack, localStackName, reachLocalStack } from "../../support/localstack.ts";
import { startMoto } from "../../support/moto.ts";
import { missing, motoServer } from "../../support/tools.ts";
import { localCloud, workspace } from "../deploy-session.ts";
import { accountCases } from "../providers/aws/account-cases.ts";
import { allow, type Ground, type Life } from "../providers/aws/cases.ts";
import { Driver } from "../providers/aws/driver.ts";
import { casesOn, everyCase } from "../providers/aws/every-case.ts";

const leavers = engines();
const options = { signal: new AbortController().signal, emit: () => undefined };

interface Where {
  title: string;
  skip: boolean;
  start(dir: string): Promise<{ cloud: Cloud; close(): Promise<void> }>;
}

const places: Where[] = [
  {
    title: "the local cloud",
    skip: false,
    start: async (dir) => {
      const local: TestCloud = await startTestCloud();
      return { cloud: localCloud(local, dir), close: () => local.close() };
    },
  },
  {
    title: "moto",
    skip: missing(motoServer(), "moto_server"),
    start: async (dir) => elsewhere(await startMoto(), dir),
  },
  {
    title: "LocalStack",
    skip: missing(localStack, localStackName),
    start: async (dir) => elsewhere(await reachLocalStack(), dir),
  },
];

function elsewhere(
  { endpoint, accountId, region, env, close }: Awaited<ReturnType<typeof reachLocalStack>>,
  dir: string,
): Awaited<ReturnType<Where["start"]>> {
  const place = {
    ...{ endpoint, accountId, region, environment: env },
    ...{ dir: join(dir, "cloud"), passphraseFile: join(dir, "passphrase") },
  };
  return { cloud: { name: "home", target: "aws", timeZone: "UTC", ...place }, close };
}

describe.each(places.filter(({ skip }) => !skip))("on $title", ({ title, start }) => {
  let dir: string;
  let place: Awaited<ReturnType<Where["start"]>>;
  let cloud: Cloud;
  let provider: Provider;
  let foundation: FoundationOutputs;

  beforeAll(async () => {
    dir = await workspace();
    place = await start(dir);
    cloud = place.cloud;
    provider = createAwsProvider({
      environment: { ...cloud.environment, AWS_REGION: cloud.region, AWS_ENDPOINT_URL: cloud.endpoint! },
    });
    await provider.configure({});
    foundation = await derivedFoundation(cloud);
    const name = foundation.boundaryArn.split("/").at(-1)!;
    await new Driver(provider, "aws:iam/policy:Policy", "boundary").create({ name, policy: allow("s3:GetObject") });
  }, 60_000);
  afterAll(async () => {
    await provider?.close();
    await place?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const wanted = (things: readonly Thing[], importing?: ReadonlyMap<string, string>) => ({
    ...{ things, filesDir: dir, functionsDir: join(dir, "functions") },
    ...(importing ? { importing } : {}),
  });
  const up = (things: readonly Thing[], importing?: ReadonlyMap<string, string>) =>
    deployThings(cloud, foundation, wanted(things, importing), options);
  const steps = async (things: readonly Thing[], importing?: ReadonlyMap<string, string>): Promise<string[]> => {
    const preview = { ...options, preview: true };
    const { steps: found } = await deployThings(cloud, foundation, wanted(things, importing), preview);
    return found.map(({ name, op }) => `${op} ${name}`).sort();
  };
  /** One after the other, as `destroy` does it. */
  const away = async (things: readonly Thing[], fate: "keep" | "delete") => {
    for (const [at, { name, adopted }] of things.entries()) {
      const more = { fate, adopted: adopted !== undefined, kept: [], left: wanted(things.slice(at + 1)) };
      await removeThing(cloud, foundation, name, { ...options, ...more });
    }
  };
  /** By the id that a state has, and what it remembers beside it. */
  const there = async (type: string, id: string, inputs: PropertyMap): Promise<boolean> =>
    (await provider.read({ urn: "", type, name: "mine", id, inputs, outputs: {} }, context())).id !== null;
  const lifeOf = async (name: string, ground: Ground = { provider, made: [] }): Promise<Life> => {
    const life = await everyCase[name]!(ground);
    return { ...life, create: unowned(life.create) };
  };
  /** What a preview of the ejected program finds to do, by engine. */
  const leaving = async (folder: string): Promise<Record<string, object>> => {
    await ejectStack(cloud, "things", join(dir, folder));
    const { name, environment } = cloud;
    const more = { AWS_REGION: cloud.region, AWS_ENDPOINT_URL: cloud.endpoint! };
    const leaver = { cloud: name, passphraseFile: join(dir, "passphrase"), environment: { ...environment, ...more } };
    const found: Record<string, object> = {};
    for (const engine of leavers) {
      const { same, ...changes } = await previewOf(join(dir, folder), engine, leaver);
      expect(same, engine).toBeGreaterThan(20);
      found[engine] = changes;
    }
    return found;
  };
  const nothing = Object.fromEntries(leavers.map((engine) => [engine, {}]));
  // Budgets and accounts are no things to make by the dozen: their own lives are enough.
  const titles = casesOn(title).filter((name) => !Object.hasOwn(accountCases, name));

  // What is said of a type has to be all that a program may say, and what is made of it has to settle.
  it("each is said, made, leaves as a program, and goes", { timeout: 300_000 }, async () => {
    const lives: { life: Life; mine: Thing }[] = [];
    for (const name of titles) {
      const life = await lifeOf(name);
      const inputs = await listed(dir, life.create);
      const { problems } = readWords((await thingTypeOf(life.type))!, words(inputs));
      // A secret is refused by name in a list; everything else is said.
      const unsaid = problems.filter(({ why }) => !why.includes("secrets are set"));
      expect(unsaid, name).toEqual([]);
      lives.push({ life, mine: thing(name, life.type, inputs) });
    }
    const all = lives.map(({ mine }) => mine);
    const { ids } = await up(all);
    expect(Object.keys(ids).sort()).toEqual(all.map(({ name }) => name).sort());
    expect(await steps(all)).toEqual([]);
    expect(await leaving("made")).toEqual(nothing);
    await away(all, "delete");
    for (const { life, mine } of lives) {
      const remains = life.remainsOn?.includes(title) ?? false;
      expect(await there(life.type, ids[mine.name]!, life.create), `${mine.name} afterwards`).toBe(remains);
    }
  });

  // What was there before is somebody's: nothing of it may be other after it came, while it is here, or when it is let go of.
  it("each that was there is taken in as it is, leaves as a program, and is given back", {
    timeout: 300_000,
  }, async () => {
    const found: { life: Life; id: string; stateId: string; mine: Thing }[] = [];
    for (const name of titles) {
      const life = await lifeOf(name);
      const driver = await new Driver(provider, life.type, slug(name)).create(life.create);
      const id = life.importId?.(driver) ?? driver.id;
      const inputs = await inputsOf(name, life.type, id);
      const mine = inputs instanceof Error ? undefined : thing(name, life.type, inputs, id);
      if (untold.has(name)) {
        const planned = mine && (await steps([mine], new Map([[mine.name, id]])).catch(() => ["refused"]));
        if (planned?.join() !== `import ${slug(name)}`) continue;
      }
      expect(mine, `${name}: ${inputs}`).toBeDefined();
      found.push({ life, id, stateId: driver.id, mine: mine! });
    }
    const all = found.map(({ mine }) => mine);
    const coming = new Map(found.map(({ mine, id }) => [mine.name, id]));
    expect(await steps(all, coming)).toEqual(all.map(({ name }) => `import ${name}`).sort());
    await up(all, coming);
    expect(await steps(all)).toEqual([]);
    expect(await leaving("adopted")).toEqual(nothing);
    await away(all, "keep");
    for (const { life, id, stateId, mine } of found) {
      expect(await there(life.type, stateId, life.create), `${mine.name} given back`).toBe(true);
      expect(await inputsOf(mine.name, life.type, id)).toEqual(mine.inputs);
    }
  });

  const inputsOf = (name: string, kind: string, id: string) =>
    adoptable(cloud, { kind, id, name: slug(name) }, options.signal).catch((error: Error) => error);
});

/** AWS does not tell these again, or tells a secret: then nothing could prove that nothing changes, and they are refused. */
const untold = new Set([
  "access key",
  "object",
  "object by its older name",
  "function",
  "layer version",
  "secret parameter",
]);

const slug = (title: string): string => title.replaceAll(/[^a-z]+/gi, "-").toLowerCase();

const thing = (title: string, kind: string, inputs: Thing["inputs"], adopted?: string): Thing => ({
  ...{ name: slug(title), shape: "resource", kind, inputs, state: "running", kept: [], addedAt: "", updatedAt: "" },
  ...(adopted === undefined ? {} : { adopted }),
});

const context = () => ({ signal: options.signal, timeoutSeconds: 0, status: () => undefined, log: () => undefined });

/** As anybody would make it: with no tags of ours. */
function unowned(create: PropertyMap): PropertyMap {
  const { tags, ...rest } = create;
  const own = Object.entries((tags ?? {}) as PropertyMap).filter(([key]) => !key.startsWith("freehold:"));
  return own.length > 0 ? { ...rest, tags: Object.fromEntries(own) } : rest;
}

/** As a list has it: what is a file lies in the folder of files. */
async function listed(dir: string, inputs: PropertyMap): Promise<Record<string, Json>> {
  const fields: [string, Json][] = [];
  for (const [name, value] of Object.entries(inputs)) fields.push([name, await plain(dir, value)]);
  return Object.fromEntries(fields);
}

async function plain(dir: string, value: PropertyValue): Promise<Json> {
  if (value instanceof Archive || value instanceof Asset) {
    const folder = await mkdtemp(join(dir, "files-"));
    const assets = value instanceof Archive ? Object.entries(value.assets!) : ([["content", value]] as const);
    for (const [name, asset] of assets) await writeFile(join(folder, name), (asset as Asset).text!);
    const path = folder.slice(dir.length + 1);
    return { [fileKey]: value instanceof Archive ? path : `${path}/content` };
  }
  return value as Json;
}

const words = (inputs: Record<string, Json>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const file = (value as { [fileKey]?: string })[fileKey];
      return [name, file ?? (typeof value === "string" ? value : JSON.stringify(value))];
    }),
  );
