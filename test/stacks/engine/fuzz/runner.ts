/**
 * Plays many scenarios in a process of its own: `node runner.ts ENGINE SEED RUNS [--stop-early]`. The answer is one line
 * of JSON. ENGINE is an engine's source folder; the same seed gives the same scenarios. With `--progress` it says on
 * stderr every minute how far it is, and what is wrong as soon as something is, before it shrinks it.
 */
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { loadEngine, makeTemplate, play, type Tally } from "./harness.ts";
import { type Scenario, scenario } from "./scenario.ts";

const [engineDir = "", seed = "0", runs = "0", ...flags] = process.argv.slice(2);
const memory = "/dev/shm";
const scratch = fs.mkdtempSync(join(fs.existsSync(memory) ? memory : tmpdir(), "freehold-fuzz-"));
const tally: Tally = { operations: 0, crashes: 0, cancellations: 0, faults: 0, resources: [] };
const started = Date.now();
const progress = flags.includes("--progress");
let wrong = 0;
if (progress) setInterval(tellProgress, 60_000).unref();

try {
  const engine = await loadEngine(engineDir);
  const template = join(scratch, "template");
  await makeTemplate(engine, template);
  const where = { template, scratch };
  const given = flags.find((text) => text.startsWith("--scenario="))?.slice("--scenario=".length);
  if (given) {
    await play(engine, JSON.parse(fs.readFileSync(given, "utf8")) as Scenario, where, tally);
    tell({ failed: false });
  } else {
    const property = fc.asyncProperty(scenario, (one) => play(engine, one, where, tally).catch(tellWrong));
    const details = await fc.check(property, {
      seed: Number(seed),
      numRuns: Number(runs),
      endOnFailure: flags.includes("--stop-early"),
      interruptAfterTimeLimit: Number(flags.find((text) => text.startsWith("--seconds="))?.slice(10) ?? 3600) * 1000,
      markInterruptAsFailure: false,
    });
    tell({
      failed: details.failed,
      scenarios: details.numRuns,
      shrinks: details.numShrinks,
      path: details.counterexamplePath,
      counterexample: details.counterexample?.[0],
      error: details.failed
        ? String((details.errorInstance as Error | undefined)?.message ?? details.errorInstance)
        : undefined,
    });
  }
} catch (cause) {
  tell({ failed: true, error: String((cause as Error).message), stack: (cause as Error).stack });
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
process.exit(0);

function tellProgress(): void {
  const { resources, operations, crashes, cancellations, faults } = tally;
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
  process.stderr.write(
    `fuzz seed ${seed}: ${resources.length} of ${runs} played, ${operations} operations, ${crashes} crashes, ${cancellations} cancellations, ${faults} faults, ${wrong} wrong, ${Math.round((Date.now() - started) / 1000)} s, ${megabytes} MiB\n`,
  );
}

function tellWrong(cause: unknown): never {
  if (progress && wrong++ === 0)
    process.stderr.write(`fuzz seed ${seed}, scenario ${tally.resources.length}: ${String(cause)}\n`);
  throw cause;
}

function tell(outcome: object): void {
  const sorted = tally.resources.toSorted((a, b) => a - b);
  const { resources: _all, ...counts } = tally;
  const median = sorted[Math.floor(sorted.length / 2)];
  process.stdout.write(
    `${JSON.stringify({ ...outcome, ...counts, median, seed: Number(seed), ms: Date.now() - started })}\n`,
  );
}
