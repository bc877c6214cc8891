/** The suite's last line, `N passed, N failed, N skipped`, for people and for machines. */
import { writeSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      // A file that could not be loaded, or not be cleaned up after, is a failure though none of its tests is.
      const tests = [...module.children.allTests()];
      if (module.state() === "failed" && !tests.some((test) => test.result().state === "failed")) count.failed++;
      for (const test of tests) {
        const { state } = test.result();
        if (state === "passed" || state === "failed" || state === "skipped") count[state]++;
      }
    }
    process.once("exit", () =>
      writeSync(1, `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`),
    );
  }
}
