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

/** Milliseconds from an operation's start until it told that the address answers. */
function addressAt(events: readonly any[]): number {
  const [start, told] = ["start", "address"].map((type) => events.find((event) => event.type === type));
  if (!told) throw new Error("The operation ended before the address answered.");
  return Date.parse(told.at) - Date.parse(start.at);
}

export async function aws(): Promise<void> {
  const cloud = await startTestCloud();
  const scripted = await startScriptedAws(cloud.endpoint, { seed: 1, scale: 1, delays });
  const home = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: scripted.endpoint } });
  const took = { up: [] as number[], address: [] as number[], update: [] as number[], destroy: [] as number[] };
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
      took.up.push(up.ms);
      took.address.push(addressAt(up.events));
      calls.up.push(changing());
      await changeFile(join(home.dir, app, "api/index.mjs"), (text) => `${text}\n// ${round}\n`);
      took.update.push((await timed("up", `./${app}`, "--as", app)).ms);
      const destroyed = await timed("destroy", app, "--data", "delete", "--yes");
      took.destroy.push(destroyed.ms);
      calls.destroy.push(changing());
    }
  } finally {
    await home.close();
    await scripted.close();
    await cloud.close();
  }
  const path = (ms: number): { name: string; samples: number[] } => ({
    name: "critical path",
    samples: took.up.map(() => ms),
  });
  table.add({ name: "AWS: up notes, new", unit: "ms", goal: "<= 1.1x", samples: took.up, peer: path(shortestUp) });
  table.add({ name: "AWS: up notes, address told", unit: "ms", goal: "as soon as it answers", samples: took.address });
  table.add({
    name: "AWS: up notes, code alone changed",
    unit: "ms",
    goal: "<= 1.2x",
    samples: took.update,
    peer: path(shortestUpdate),
  });
  table.add({
    name: "AWS: destroy notes, calls that change something",
    unit: "calls",
    goal: "<= 2x",
    samples: calls.destroy,
    peer: { name: "those of up", samples: calls.up },
  });
  table.add({ name: "AWS: destroy notes", unit: "ms", goal: "said", samples: took.destroy });
}
