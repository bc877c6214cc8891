import { configDefaults, defineConfig } from "vitest/config";
import usual from "./vitest.config.ts";

/** What takes too long for `npm test`: the engine killed again and again, power lost under writers, the fuzz. */
export default defineConfig({
  // Each of these is much, and two of them share a machine with whatever else it does.
  test: { ...usual.test, testTimeout: 120_000, include: ["test/**/*.deep.test.ts"], exclude: configDefaults.exclude },
});
