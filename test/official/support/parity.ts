/**
 * One test a program. Our engine runs it twice, called as functions and over gRPC, which are to be the same; then the
 * official engine, which differs in nothing but what test/official/differences.ts lists. A line there that no longer
 * is true fails, too. Without an official engine it is our two ways that are compared.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Difference, differences, hashedAssets } from "../differences.ts";
import { type Comparison, compare } from "./compare.ts";
import { officialEngine, ownInProcess, ownOverGrpc, type ParityProgram, run, type Seen } from "./drive.ts";

const path = process.env["FREEHOLD_TEST_PULUMI"];

/** Declares the tests of a group of programs. */
export function parity(group: string, programs: ParityProgram[]): void {
  const total = { programs: 0, operations: 0, events: 0, calls: 0 };
  describe(group, () => {
    // People run the one way or the other; the official engine is the second opinion on all that can be seen of it.
    for (const program of programs)
      it(`${program.name}: ${program.title}`, async () => {
        const own = await run(program, ownInProcess);
        const dialled = await run(program, ownOverGrpc);
        const ways = compare(dialled, own).differences.filter((line) => !hashedAssets.what.test(line));
        expect(ways, "official: our engine over gRPC; own: in process").toEqual([]);
        if (!path) return;
        const official = await officialRun(program);
        const comparison = compare(official, own);
        expect(official.length).toBe(program.operations.length);
        add(total, comparison);
        expect(unexplained(program.name, comparison)).toEqual([]);
      });
    afterAll(() => {
      process.stdout.write(
        `\nparity: ${group}: ${total.programs} programs, ${total.operations} operations, ${total.events} events, ${total.calls} provider calls compared\n`,
      );
    });
  });
}

function add(total: { programs: number; operations: number; events: number; calls: number }, one: Comparison): void {
  total.programs++;
  total.operations += one.operations;
  total.events += one.events;
  total.calls += one.calls;
}

/** What no line of the table explains, and the lines that explain nothing. */
function unexplained(name: string, { differences: found }: Comparison): string[] {
  const shown = differences.filter(({ programs }) => programs.includes(name));
  const left = found.filter((line) => !differences.some((known) => applies(known, name) && known.what.test(line)));
  const gone = shown.filter(({ what }) => !found.some((line) => what.test(line)));
  return [...left, ...gone.map(({ what }) => `no longer differs: ${what}`)];
}

function applies({ programs, anywhere }: Difference, name: string): boolean {
  return anywhere === true || programs.includes(name);
}

/** With FREEHOLD_OFFICIAL_RUNS, a folder, what the official engine did is kept there from one time to the next. */
async function officialRun(program: ParityProgram): Promise<Seen[]> {
  const folder = process.env["FREEHOLD_OFFICIAL_RUNS"];
  const start = (cloud: Parameters<typeof ownInProcess>[0]) => officialEngine(path!, cloud);
  if (!folder) return run(program, start);
  const shape = JSON.stringify(program, (_key, value) => (typeof value === "function" ? String(value) : value));
  const file = join(folder, `${createHash("sha256").update(shape).digest("hex").slice(0, 32)}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Seen[];
  const seen = await run(program, start);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(seen));
  return seen;
}
