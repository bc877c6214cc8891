import { configDefaults, defineConfig } from "vitest/config";
import usual from "./vitest.config.ts";

/** What takes too long for `npm test`: the engine killed again and again, power lost under writers, the fuzz. */
export default defineConfig({
  test: {
    ...usual.test,
    include: ["test/**/*.deep.test.ts"],
    exclude: configDefaults.exclude,
    // Each of these is much, and three of them share a machine with whatever else it does.
    testTimeout: 120_000,
    // More than cores: half of it is waiting, for processes, for what is to be killed, and for pages.
    maxWorkers: 3,
  },
});
