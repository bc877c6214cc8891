/** Whole processes: the command's start, the local cloud's start, `up` and `up` again. */
import { readFileSync } from "node:fs";
import { freehold, type Home, run } from "../support/home.ts";
import { table } from "./table.ts";

async function paired(times: number, ours: () => Promise<number>, peer: () => Promise<number>) {
  const samples: number[] = [];
  const peers: number[] = [];
  await ours();
  await peer();
  for (let i = 0; i < times; i++) {
    samples.push(await ours());
    peers.push(await peer());
  }
  return { samples, peers };
}

const floor = (home: Home) => async () => (await run(["-e", "0"], home.env)).ms;

export async function commands(home: Home): Promise<void> {
  const node = floor(home);
  const version = await paired(21, async () => (await run([freehold, "--version"], home.env)).ms, node);
  table.add({
    name: "freehold --version",
    unit: "ms",
    goal: "<= 1.5x",
    samples: version.samples,
    peer: { name: "node -e 0", samples: version.peers },
  });

  const up: number[] = [];
  const ready: number[] = [];
  const idle: number[] = [];
  for (let i = 0; i < 5; i++) {
    await home.freehold("cloud", "stop").catch(() => undefined);
    if (i === 0) await home.freehold("setup", "--yes");
    else {
      ready.push((await home.freehold("cloud", "start")).ms);
      idle.push(await rssMiB(home));
    }
    // A fresh name each time: no second deployment may profit from the first.
    up.push((await home.freehold("up", "notes", "--as", `bench-${i}`)).ms);
  }
  table.add({
    name: "cloud start (command and cloud, from spawn to ready)",
    unit: "ms",
    goal: "cloud alone <= 600",
    samples: ready,
  });
  table.add({ name: "local cloud idle", unit: "MiB", goal: "<= 120", samples: idle });
  table.add({ name: "up notes, cold command, running cloud", unit: "ms", goal: "<= 2500", samples: up });

  const again: number[] = [];
  for (let i = 0; i < 7; i++) again.push((await home.freehold("up", "bench-0")).ms);
  table.add({ name: "up again, nothing to do", unit: "ms", goal: "<= 1200", samples: again });

  const list = await paired(21, async () => (await home.freehold("ls", "--json")).ms, node);
  table.add({
    name: "freehold ls --json (5 apps)",
    unit: "ms",
    goal: "<= 3x",
    samples: list.samples,
    peer: { name: "node -e 0", samples: list.peers },
  });
}

async function rssMiB(home: Home): Promise<number> {
  const { pid } = JSON.parse((await home.freehold("cloud", "status", "--json")).stdout);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
