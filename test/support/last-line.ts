/**
 * The suite's last line, `N passed, N failed, N skipped`, for people and for machines, and before it what failed. Runs
 * that share the file named by FREEHOLD_TEST_TALLY are counted together: who sees the end of the output alone sees what
 * failed in an earlier one, too.
 */
import { appendFileSync, existsSync, readFileSync, writeSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
  /** A line each. */
  failures: string[];
}

export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly { message?: string }[]): void {
    const failures = errors.map(({ message }) => firstLine("outside of tests", message));
    const count: Count = { passed: 0, failed: errors.length, skipped: 0, failures };
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      // A file that could not be loaded, or not be cleaned up after, is a failure though none of its tests is.
      const tests = [...module.children.allTests()];
      if (module.state() === "failed" && !tests.some((test) => test.result().state === "failed")) {
        count.failed++;
        failures.push(firstLine(file, module.errors()[0]?.message));
      }
      for (const test of tests) {
        const { state, errors: own } = test.result();
        if (state === "passed" || state === "failed" || state === "skipped") count[state]++;
        if (state === "failed") failures.push(firstLine(`${file} > ${test.fullName}`, own?.[0]?.message));
      }
    }
    const total = withEarlier(count);
    const lines = total.failures.map((line) => `failed: ${line}\n`).join("");
    process.once("exit", () =>
      writeSync(1, `${lines}${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`),
    );
  }
}

const firstLine = (where: string, message = ""): string => `${where}: ${message.split("\n", 1)[0]!.slice(0, 200)}`;

function withEarlier(count: Count): Count {
  const file = process.env["FREEHOLD_TEST_TALLY"];
  if (!file) return count;
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").filter(Boolean) : [];
  appendFileSync(file, `${JSON.stringify(count)}\n`);
  return [...lines.map((line) => JSON.parse(line) as Count), count].reduce((sum, one) => ({
    passed: sum.passed + one.passed,
    failed: sum.failed + one.failed,
    skipped: sum.skipped + one.skipped,
    failures: [...sum.failures, ...one.failures],
  }));
}
