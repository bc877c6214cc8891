/** Code kept by an earlier run starts a process sooner, and never makes it run anything but its bundle. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root } from "../support/home.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "code-cache-"));
  mkdirSync(join(dir, "bundles"));
  copyFileSync(join(root, "cli/code-cache.cjs"), join(dir, "code-cache.cjs"));
  writeFileSync(join(dir, "start.cjs"), 'require("./code-cache.cjs")("said");');
});
afterEach(() => rmSync(dir, { recursive: true }));

const code = (): string => join(dir, "bundles/code");
const kept = (): string => join(code(), readdirSync(code())[0]!);

function bundle(word: string): void {
  const program = `const say = () => "${word}";\nprocess.stdout.write(say() + process.argv[2] + require("node:path").basename(__filename));`;
  writeFileSync(
    join(dir, "bundles/said.cjs"),
    `(function (exports, require, module, __filename, __dirname) {${program}\n})`,
  );
}

function run(env: NodeJS.ProcessEnv = {}): string {
  const options = { env: { PATH: process.env["PATH"], HOME: dir, ...env }, encoding: "utf8" } as const;
  return execFileSync(process.execPath, [join(dir, "start.cjs"), "!"], options);
}

// The second run is the one that runs kept code.
it("runs the bundle, first without and then with code of its own", () => {
  bundle("one");
  expect(run()).toBe("one!said.cjs");
  expect(readdirSync(code())).toHaveLength(1);
  expect(statSync(kept()).mode & 0o777).toBe(0o600);
  expect(run()).toBe("one!said.cjs");
  expect(readdirSync(code())).toHaveLength(1);
});

// V8 compares nothing but the length of the source.
it("a bundle that was replaced by another one of its length runs, and the old code goes", () => {
  bundle("one");
  run();
  bundle("two");
  expect(run()).toBe("two!said.cjs");
  expect(run()).toBe("two!said.cjs");
  expect(readdirSync(code())).toHaveLength(1);
});

// V8 takes damaged code for good, and crashes.
it.each([
  ["a flipped byte", (bytes: Buffer) => bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 1)],
  ["half of it", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ["nothing", () => Buffer.alloc(0)],
])("damaged code (%s) is not run, and is replaced", (_, damage) => {
  bundle("one");
  run();
  const good = readFileSync(kept());
  writeFileSync(kept(), damage(Buffer.from(good)));
  expect(run()).toBe("one!said.cjs");
  const bytes = readFileSync(kept());
  expect(crc32(bytes.subarray(8))).toBe(bytes.readUInt32LE(0));
});

// What anybody could have written would be run as this user.
it("code that others can write is not taken", () => {
  bundle("one");
  run();
  const foreign = readFileSync(kept());
  bundle("two");
  run();
  writeFileSync(kept(), foreign);
  // Were it taken for this bundle's, it would be run: the file is, as long as only its owner can write it.
  expect(run()).toBe("one!said.cjs");
  chmodSync(kept(), 0o622);
  expect(run()).toBe("two!said.cjs");
});

// As installed by root and run by a person.
it("where nothing can be written beside the bundle, it goes to the user's caches; where nowhere, nowhere", () => {
  bundle("one");
  writeFileSync(code(), "");
  const home = join(dir, "home");
  expect(run({ FREEHOLD_HOME: home })).toBe("one!said.cjs");
  expect(readdirSync(join(home, "cache/code"))).toHaveLength(1);
  expect(run({ FREEHOLD_HOME: home })).toBe("one!said.cjs");
  expect(run({ XDG_CACHE_HOME: join(dir, "xdg") })).toBe("one!said.cjs");
  expect(readdirSync(join(dir, "xdg/freehold/code"))).toHaveLength(1);
  expect(run({ FREEHOLD_HOME: join(dir, "start.cjs") })).toBe("one!said.cjs");
});
