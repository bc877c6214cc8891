/** The suite's last line, `N passed, N failed, N skipped`, for people and for machines. */
import { writeSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      // A file that could not be loaded has no tests to count; it is a failure all the same.
      if (module.state() === "failed" && [...module.children.allTests()].length === 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed" || state === "skipped") count[state]++;
      }
    }
    process.once("exit", () =>
      writeSync(1, `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`),
    );
  }
}
