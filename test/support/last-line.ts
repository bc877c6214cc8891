/**
 * The suite's last line, `N passed, N failed, N skipped`, for people and for machines. Runs that share the file named
 * by FREEHOLD_TEST_TALLY are counted together.
 */
import { appendFileSync, existsSync, readFileSync, writeSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count: Count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      // A file that could not be loaded, or not be cleaned up after, is a failure though none of its tests is.
      const tests = [...module.children.allTests()];
      if (module.state() === "failed" && !tests.some((test) => test.result().state === "failed")) count.failed++;
      for (const test of tests) {
        const { state } = test.result();
        if (state === "passed" || state === "failed" || state === "skipped") count[state]++;
      }
    }
    const total = withEarlier(count);
    process.once("exit", () =>
      writeSync(1, `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`),
    );
  }
}

function withEarlier(count: Count): Count {
  const file = process.env["FREEHOLD_TEST_TALLY"];
  if (!file) return count;
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").filter(Boolean) : [];
  appendFileSync(file, `${JSON.stringify(count)}\n`);
  return lines
    .map((line) => JSON.parse(line) as Count)
    .reduce(
      (sum, one) => ({
        passed: sum.passed + one.passed,
        failed: sum.failed + one.failed,
        skipped: sum.skipped + one.skipped,
      }),
      count,
    );
}
