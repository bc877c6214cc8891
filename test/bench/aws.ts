/**
 * Whole commands on AWS's latencies (test/support/scripted-aws.ts, in real seconds): `up` of notes beside the time that
 * its longest chain of calls takes, which no engine can be below; a change of code alone; `destroy` beside its own `up`.
 */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Delays } from "../support/aws-nature.ts";
import { changeFile } from "../support/counter.ts";
import { root, withHome } from "../support/home.ts";
import { startTestCloud } from "../support/local-cloud.ts";
import { latencyMs, startScriptedAws } from "../support/scripted-aws.ts";
import { startAlchemy, steps, type Took } from "./alchemy.ts";
import { table } from "./table.ts";

const rounds = Number(process.env["FREEHOLD_BENCH_ROUNDS"] ?? 3);
const at = (seconds: number): readonly [number, number] => [seconds, seconds];
/** The middle of what is typical, without what comes and goes: each round meets the same day. */
const delays: Delays = {
  roleAssumable: at(8),
  seen: at(0),
  unseen: 0,
  tableMade: at(7),
  tableChanged: at(3),
  indexMade: at(7),
  tableGone: at(5),
  backupsReady: at(0),
  functionActive: at(1.5),
  functionChanged: at(1.5),
  detached: at(0),
  urlFree: at(0),
  bucketFree: at(0),
  queueFree: at(0),
};
const call = (service: string, operation: string): number => latencyMs({ service, operation });
/** A role, until Lambda takes it; a function with it, until it is active, seen once; then its address. */
const shortestUp =
  call("iam", "CreateRole") +
  delays.roleAssumable[0] * 1_000 +
  call("lambda", "CreateFunction") +
  delays.functionActive[0] * 1_000 +
  call("lambda", "GetFunctionConfiguration") +
  call("lambda", "CreateFunctionUrlConfig");
const shortestUpdate =
  call("lambda", "UpdateFunctionCode") + delays.functionChanged[0] * 1_000 + call("lambda", "GetFunctionConfiguration");
/**
 * What cannot be beside the chain when the state is in a bucket and anything may be killed: the lock, what is there read
 * under it, the first call's intent; after the last call its outcome with the fold's record, the checkpoint, the journal's
 * end, the lock's return. Other intents are written while something else is waited for.
 */
const forKill = ["PutObject", "GetObject", "PutObject", "PutObject", "PutObject", "DeleteObjects", "PutObject"]
  .map((operation) => call("s3", operation))
  .reduce((sum, ms) => sum + ms);
const chains = { up: { ms: shortestUp, goal: "<= 1.1x" }, update: { ms: shortestUpdate, goal: "<= 1.2x" } };
const titles = { up: "new", unchanged: "nothing changed", update: "code alone changed", destroy: "destroy" };

/** Milliseconds from an operation's start until it told that the address answers. */
function addressAt(events: readonly any[]): number {
  const [start, told] = ["start", "address"].map((type) => events.find((event) => event.type === type));
  if (!told) throw new Error("The operation ended before the address answered.");
  return Date.parse(told.at) - Date.parse(start.at);
}

export async function aws(): Promise<void> {
  const cloud = await startTestCloud();
  const scripted = await startScriptedAws(cloud.endpoint, { seed: 1, scale: 1, delays });
  const alchemy = await startAlchemy(cloud, scripted.endpoint);
  const home = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: scripted.endpoint } });
  const took: Took[] = [];
  const theirs = { bucket: [] as Took[], disk: [] as Took[] };
  const address: number[] = [];
  const calls = { up: [] as number[], destroy: [] as number[] };
  const changing = (): number =>
    scripted.log.filter(
      ({ service, operation }) => service !== "s3" && !/^(Get|List|Describe|Simulate)/.test(operation),
    ).length;
  try {
    await home.freehold("setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes");
    for (let round = 0; round < rounds; round++) {
      // A fresh name each time: no second deployment may profit from the first.
      const app = `notes-${round}`;
      await cp(join(root, "blueprints/notes"), join(home.dir, app), { recursive: true });
      const timed = async (...args: string[]): Promise<{ ms: number; events: any[] }> => {
        scripted.log.length = 0;
        const started = performance.now();
        const events = await home.events(...args);
        return { ms: performance.now() - started, events };
      };
      const up = await timed("up", `./${app}`, "--as", app);
      address.push(addressAt(up.events));
      calls.up.push(changing());
      const unchanged = await timed("up", `./${app}`, "--as", app);
      await changeFile(join(home.dir, app, "api/index.mjs"), (text) => `${text}\n// ${round}\n`);
      const update = await timed("up", `./${app}`, "--as", app);
      const destroyed = await timed("destroy", app, "--data", "delete", "--yes");
      calls.destroy.push(changing());
      took.push({ up: up.ms, unchanged: unchanged.ms, update: update.ms, destroy: destroyed.ms });
      for (const state of ["bucket", "disk"] as const)
        if (alchemy) theirs[state].push(await alchemy.live(`alchemy-${state}-${round}`, state));
    }
  } finally {
    await home.close();
    await alchemy?.close();
    await scripted.close();
    await cloud.close();
  }
  for (const step of steps) {
    const samples = took.map((one) => one[step]);
    const add = (name: string, peer: number[], goal: string): void =>
      table.add({ name: `AWS: notes, ${titles[step]}`, unit: "ms", goal, samples, peer: { name, samples: peer } });
    if (step === "up" || step === "update") {
      add(
        "critical path",
        samples.map(() => chains[step].ms),
        chains[step].goal,
      );
      add(
        "critical path with what a kill needs",
        samples.map(() => chains[step].ms + forKill),
        "said",
      );
    }
    if (!alchemy) continue;
    add(
      `${alchemy.name}, state in a bucket`,
      theirs.bucket.map((one) => one[step]),
      "<= 1x",
    );
    add(
      `${alchemy.name}, state on this disk`,
      theirs.disk.map((one) => one[step]),
      "said",
    );
  }
  table.add({ name: "AWS: up notes, address told", unit: "ms", goal: "as soon as it answers", samples: address });
  table.add({
    name: "AWS: destroy notes, calls that change something",
    unit: "calls",
    goal: "<= 2x",
    samples: calls.destroy,
    peer: { name: "those of up", samples: calls.up },
  });
}
