import { configDefaults, defineConfig } from "vitest/config";
import usual from "./vitest.config.ts";

/** What takes too long for `npm test`: the engine killed again and again, power lost under writers, the fuzz. */
export default defineConfig({
  test: { ...usual.test, include: ["test/**/*.deep.test.ts"], exclude: configDefaults.exclude },
});
