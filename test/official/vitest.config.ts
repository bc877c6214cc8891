import { defineConfig } from "vitest/config";

/** Apart from `npm test`: needs the official engine for most of it, which is built first where Go is there. */
export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/official/**/*.official.ts"],
    globalSetup: ["../support/temporary.ts", "./support/setup.ts"].map(
      (file) => new URL(file, import.meta.url).pathname,
    ),
    pool: "forks",
    // More than cores: half of it is waiting for processes to start and for the SDK to read their events.
    maxWorkers: 3,
    testTimeout: 240_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    reporters: ["default", new URL("../support/last-line.ts", import.meta.url).pathname],
  },
});
