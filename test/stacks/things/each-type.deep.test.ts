/**
 * Every type as a thing of one's own, on our cloud and on moto: it is said, made, has nothing to do afterwards, and goes; and one that
 * was there before is taken in without a change, and given back as it was.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../stacks/cloud.ts";
import { derivedFoundation } from "../../../stacks/deploy/foundation.ts";
import { adoptable, deployThings, removeThing } from "../../../stacks/deploy/things.ts";
import type { FoundationOutputs } from "../../../stacks/deploy.ts";
import type { Provider } from "../../../stacks/engine/provider.ts";
import { Archive, Asset, type PropertyMap, type PropertyValue } from "../../../stacks/engine/value.ts";
import { createAwsProvider } from "../../../stacks/providers/aws/index.ts";
import { thingTypeOf } from "../../../stacks/things/schema.ts";
import { fileKey, type Json, type Thing } from "../../../stacks/things/thing.ts";
import { readWords } from "../../../stacks/things/words.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";
import { localStack, localStackName, reachLocalStack } from "../../support/localstack.ts";
import { startMoto } from "../../support/moto.ts";
import { missing, motoServer, rounds } from "../../support/tools.ts";
import { localCloud, workspace } from "../deploy-session.ts";
import { allow, type Case, dataCases, type Ground, lambdaCases, restCases, s3Cases } from "../providers/aws/cases.ts";
import { domainCases } from "../providers/aws/domain-cases.ts";
import { Driver } from "../providers/aws/driver.ts";
import { identityCases } from "../providers/aws/identity-cases.ts";

const all: { [title: string]: Case } = {
  ...{ ...s3Cases, ...dataCases, ...identityCases, ...lambdaCases, ...restCases },
  ...domainCases,
};
const without: { [aws: string]: string[] } = {
  // As in the provider's own lives.
  moto: ["provisioned concurrency"],
  "the local cloud": ["lifecycle", ...Object.keys(domainCases)],
  LocalStack: Object.keys(domainCases),
};

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

  const wanted = (things: Thing[], importing?: { name: string; id: string }) => ({
    things,
    filesDir: dir,
    functionsDir: join(dir, "functions"),
    ...(importing ? { importing } : {}),
  });
  const up = (things: Thing[], importing?: { name: string; id: string }) =>
    deployThings(cloud, foundation, wanted(things, importing), options);
  const steps = async (things: Thing[], importing?: { name: string; id: string }): Promise<string[]> => {
    const { steps: found } = await deployThings(cloud, foundation, wanted(things, importing), {
      ...options,
      preview: true,
    });
    return found.map(({ name, op }) => `${op} ${name}`);
  };
  const away = (fate: "keep" | "delete", adopted: boolean) =>
    removeThing(cloud, foundation, "mine", { ...options, fate, adopted, kept: [], left: wanted([]) });
  const thing = (kind: string, inputs: Thing["inputs"], adopted?: string): Thing => ({
    ...{ name: "mine", shape: "resource", kind, inputs, state: "running", kept: [], addedAt: "", updatedAt: "" },
    ...(adopted === undefined ? {} : { adopted }),
  });
  /** By the id that a state has, and what it remembers beside it. */
  const there = async (type: string, id: string, inputs: PropertyMap): Promise<boolean> =>
    (await provider.read({ urn: "", type, name: "mine", id, inputs, outputs: {} }, context())).id !== null;

  // Ours is asked each by the provider's own lives; but for the long loops some of them are enough here.
  const some = title === "the local cloud" && rounds < 50 ? 3 : 1;
  const titles = Object.keys(all)
    .filter((name) => !without[title]?.includes(name))
    .filter((_, at) => at % some === 0);

  // What is said of a type has to be all that a program may say, and what is made of it has to settle.
  it.each(titles)("%s is said, made, and goes", async (name) => {
    const life = await all[name]!({ provider, made: [] } satisfies Ground);
    const inputs = await listed(dir, unowned(life.create));
    const type = (await thingTypeOf(life.type))!;
    const { problems } = readWords(type, words(inputs));
    // A secret is refused by name in a list; everything else is said.
    expect(
      problems.filter(({ why }) => !why.includes("secrets are set")),
      JSON.stringify(problems),
    ).toEqual([]);
    const mine = thing(life.type, inputs);
    const { ids } = await up([mine]);
    expect(await steps([mine])).toEqual([]);
    await away("delete", false);
    const remains = life.remainsOn?.includes(title) ?? false;
    expect(await there(life.type, ids["mine"]!, life.create), "afterwards").toBe(remains);
  });

  // AWS does not tell these again, or tells a secret: then nothing could prove that nothing changes.
  const untold = new Set([
    "access key",
    "object",
    "object by its older name",
    "function",
    "layer version",
    "secret parameter",
  ]);

  // What other people's AWS tells is what counts: ours is asked the same by the provider's own lives.
  it.each(title === "the local cloud" ? [] : titles)(
    "%s that was there is taken in as it is, and given back, or refused",
    async (name) => {
      const ground: Ground = { provider, made: [] };
      const life = await all[name]!(ground);
      const driver = await new Driver(provider, life.type, "mine").create(unowned(life.create));
      const id = life.importId?.(driver) ?? driver.id;
      const found = await adoptable(cloud, { kind: life.type, id, name: "mine" }, options.signal).catch(
        (error) => error,
      );
      const mine = found instanceof Error ? undefined : thing(life.type, found, id);
      const planned = mine && (await steps([mine], { name: "mine", id }).catch(() => ["refused"]));
      if (planned?.join() !== "import mine") {
        expect([...untold], `${name}: ${planned ?? found}`).toContain(name);
        return;
      }
      await up([mine!], { name: "mine", id });
      expect(await steps([mine!])).toEqual([]);
      await away("keep", true);
      expect(await there(life.type, driver.id, life.create), "given back").toBe(true);
      const again = await adoptable(cloud, { kind: life.type, id, name: "mine" }, options.signal);
      expect(again).toEqual(found);
    },
  );
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
