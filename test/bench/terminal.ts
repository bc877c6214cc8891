/**
 * The terminal app: its first frame beside that of the smallest Ink program there is, bundled the same way; from a key to
 * the frame that shows it, and to the answer, with 10,000 entries to search; memory with a followed log and browse.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { build } from "esbuild";
import { formatIndex } from "../../catalog/index/format.ts";
import { common, plugins } from "../../cli/bundling.ts";
import { manyEntries } from "../support/catalog-entries.ts";
import type { Home } from "../support/home.ts";
import { freehold, root } from "../support/home.ts";
import { closeTerminals, openFreehold, openTerminal, terminalEnv } from "../support/terminal.ts";
import { table } from "./table.ts";

const rounds = 15;

export async function terminal(home: Home): Promise<void> {
  await home.freehold("up", "notes");
  await firstFrames(home);
  await manyAreKnown(home);
  await keys(home);
  await memory(home);
}

async function firstFrames(home: Home): Promise<void> {
  const hello = await bundledHello(home);
  const frame = async (args: string[], shown: RegExp): Promise<number> => {
    const started = performance.now();
    const opened = openTerminal(args, { env: terminalEnv(home), cwd: home.dir });
    await opened.until(`wrote ${shown}`, () => shown.test(opened.raw()));
    const ms = performance.now() - started;
    await closeTerminals();
    return ms;
  };
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let at = 0; at < rounds; at++) {
    ours.push(await frame([freehold], /freehold {2}/));
    theirs.push(await frame([hello], /hello/));
  }
  const peer = { name: "Ink hello, bundled", samples: theirs };
  table.add({ name: "first frame of freehold", unit: "ms", goal: "<= 1.3x", samples: ours, peer });
}

/** Bundled and started as the command is, V8's kept code and all. */
async function bundledHello(home: Home): Promise<string> {
  const source = join(home.dir, "hello.tsx");
  const outfile = join(home.dir, "hello.cjs");
  writeFileSync(source, `import { render, Text } from "ink"; render(<Text>hello</Text>); setTimeout(() => {}, 1e6);`);
  const bundle = join(home.dir, "hello.mjs");
  await build({
    ...common,
    plugins,
    jsx: "automatic",
    entryPoints: [source],
    outfile: bundle,
    outExtension: {},
    nodePaths: [join(root, "node_modules")],
  });
  writeFileSync(
    outfile,
    `require("node:module").enableCompileCache(${JSON.stringify(join(home.dir, "hello-cache"))}); import(${JSON.stringify(bundle)});`,
  );
  return outfile;
}

async function manyAreKnown(home: Home): Promise<void> {
  const folder = join(home.dir, "many");
  mkdirSync(folder);
  const entries = manyEntries(10_000);
  writeFileSync(join(folder, "catalog.json"), formatIndex({ format: 1, name: "many", serial: 1, entries }));
  await home.freehold("catalog", "add", folder);
}

async function keys(home: Home): Promise<void> {
  // Keys enough for a twentieth of them to be more than one.
  const words = ["note", "table", "local", "cloud", "function", "version", "digest", "command", "terminal", "secret"];
  const totals = new Map<string, number>();
  for (const word of words)
    for (let end = 1; end <= word.length; end++)
      totals.set(word.slice(0, end), (await home.json("search", word.slice(0, end), "--limit", "1")).total);
  const [frames, answers]: [number[], number[]] = [[], []];
  const app = openFreehold(home, ["browse"], { cols: 120, rows: 40 });
  await app.shows(/10,0\d\d of 10,0\d\d/);
  for (const word of words) {
    for (let end = 1; end <= word.length; end++) {
      const typed = word.slice(0, end);
      const started = performance.now();
      app.keys(word[end - 1]!);
      await app.shows(new RegExp(`Search: ${typed}( |$)`, "m"));
      frames.push(performance.now() - started);
      await app.shows(new RegExp(`\\b${totals.get(typed)!.toLocaleString("en")} of 10,0`));
      answers.push(performance.now() - started);
    }
    app.keys("ctrl-u");
    await app.shows(/10,0\d\d of 10,0\d\d/);
  }
  await closeTerminals();
  const of = (name: string, samples: number[]): void => {
    table.add({ name: `${name}, 10,000 entries`, unit: "ms", goal: "p95 <= 33", samples });
    const sorted = [...samples].sort((a, b) => a - b);
    const p95 = sorted[Math.floor(sorted.length * 0.95)]!;
    table.add({ name: `${name}, p95`, unit: "ms", goal: "<= 33", samples: [p95] });
  };
  of("key to frame in browse", frames);
  of("key to answer in browse", answers);
}

/**
 * Of the app's own process, with browse open below the screen of an app that was installed from it, whose log is
 * followed.
 */
async function memory(home: Home): Promise<void> {
  const app = openFreehold(home, ["browse"], { patienceMs: 90_000 });
  await app.shows(/of 10,0/);
  app.type("links");
  await app.shows(/Search: links[\s\S]*> .*links/);
  app.keys("enter");
  await app.shows(/i install/);
  app.keys("i");
  await app.shows(/> Name +links/);
  app.keys("i");
  await app.shows(/links is up at[\s\S]*enter the app/);
  app.keys("enter");
  await app.shows(/links · overview/);
  app.keys("l");
  await app.shows(/links · logs/);
  const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${app.pid}/status`, "utf8"))?.[1]) / 1024;
  table.add({ name: "memory, browse and a log", unit: "MiB", goal: "<= 150", samples: [rss()] });
  // The app gives memory back two seconds after the last key.
  await after(4_000);
  table.add({ name: "the same, nobody typing", unit: "MiB", goal: "<= 150", samples: [rss()] });
  await closeTerminals();
}
