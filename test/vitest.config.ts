import { configDefaults, defineConfig } from "vitest/config";

/** The long loops play the deep tests, too. */
const long = Number(process.env["FREEHOLD_TEST_ROUNDS"] ?? 0) >= 50;

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.{ts,tsx}"],
    exclude: [...configDefaults.exclude, ...(long ? [] : ["test/**/*.deep.test.ts"])],
    globalSetup: new URL("./support/temporary.ts", import.meta.url).pathname,
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // Of what is waited for: a second is short on a machine that others use, too.
    expect: { poll: { timeout: 20_000 } },
    reporters: ["default", new URL("./support/last-line.ts", import.meta.url).pathname],
  },
});
