/**
 * An app's life after its first `up`, by flags alone: more reach is asked before anything is changed, and what ran before
 * comes back. Row H11. Longer lives are in life.deep.test.ts.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeFile, copyCounter } from "../support/counter.ts";
import { ask, type Home, resultOf, signIn, withHome } from "../support/home.ts";
import { missing } from "../support/tools.ts";

let home: Home;
let folder: string;
let url: string;

/** In the environment of every command here. */
const token = `ghp_${randomBytes(18).toString("hex")}`;

beforeAll(async () => {
  home = await withHome({ env: { GITHUB_TOKEN: token, GH_TOKEN: token } });
  folder = await copyCounter(home.dir);
  url = resultOf(await home.events("up", "./counter")).apps[0].url;
});
afterAll(() => home?.close());

/** Everything the cloud keeps of its apps: registry, copies, Pulumi's state. */
function kept(): Record<string, string> {
  const cloud = join(home.dir, "freehold/data/clouds/home");
  const files = ["apps", "blueprints", ".pulumi"].flatMap((name) =>
    readdirSync(join(cloud, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "latin1")]),
  );
}

const lines = (stdout: string): any[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const manifest = (change: (text: string) => string) => changeFile(join(folder, "blueprint.yaml"), change);
const greeting = async (cookie: string): Promise<string> =>
  JSON.parse((await ask(new URL("/api/count", url).href, { headers: { cookie } })).text).greeting;

// `--expect` is a script's word for what somebody looked at: anything else changes nothing.
it("is brought up with --expect only when its folder is what was expected", async () => {
  const before = kept();
  const { digest } = await home.json("show", "counter");
  const other = `sha256:${"0".repeat(64)}`;
  const { code, stdout } = await home.attempt("up", "./counter", "--expect", other, "--json");
  expect(code).toBe(2);
  const fault = lines(stdout).find(({ type }) => type === "error");
  expect(fault).toMatchObject({ code: "digest-differs", detail: expect.stringContaining(digest) });
  expect(kept()).toEqual(before);
  await home.freehold("preview", "./counter", "--expect", digest);
});

// What a token may do is more than any app should: the local cloud and its functions run on, and have none of it.
const environs = existsSync("/proc/self/environ") ? "/proc" : undefined;
it.skipIf(missing(environs, "/proc with environments of processes"))(
  "lives on in a cloud that inherited no token",
  async () => {
    await ask(new URL("/api/count", url).href);
    const cloud = await home.json("cloud", "status");
    const environments = readdirSync("/proc")
      .filter((pid) => /^\d+$/.test(pid))
      .flatMap((pid): [string, string][] => {
        try {
          return [
            [pid, readFileSync(`/proc/${pid}/environ`, "latin1") + readFileSync(`/proc/${pid}/cmdline`, "latin1")],
          ];
        } catch {
          return [];
        }
      });
    expect(environments.find(([pid]) => Number(pid) === cloud.pid)?.[1]).toContain("FREEHOLD_HOME=");
    expect(environments.filter(([, text]) => text.includes(token)).map(([pid]) => pid)).toEqual([]);
  },
);

describe("more reach than what is installed", () => {
  let before: Record<string, string>;
  let digest: string;

  // Whoever pulls a stranger's commit into a folder is told of the new host before it is reached.
  it("is shown by a preview, which changes no byte of what is kept", async () => {
    await manifest(
      (text) => `${text.replace("version: 1.0.0", "version: 2.0.0")}\nreach: { hosts: [api.github.com] }\n`,
    );
    before = kept();
    const consent = (await home.events("preview", "./counter")).find(({ type }) => type === "consent");
    expect(consent).toMatchObject({
      needed: true,
      consent: { reasons: ["wider-reach"], before: { version: "1.0.0" } },
    });
    expect(consent.consent.added).toEqual([{ who: "app", may: "host", what: "api.github.com" }]);
    digest = consent.consent.digest;
    expect(kept()).toEqual(before);
  });

  it("ends an up with exit code 3, whatever --yes says, and with the very command that accepts it", async () => {
    const { code, stdout } = await home.attempt("up", "./counter", "--yes", "--json");
    expect(code).toBe(3);
    expect(lines(stdout).find(({ type }) => type === "error")).toMatchObject({
      code: "consent-needed",
      next: `freehold up ./counter --accept ${digest}`,
    });
    const other = await home.attempt(
      "up",
      "./counter",
      "--accept",
      digest.replace(/.$/, (c) => (c === "0" ? "1" : "0")),
    );
    expect(other).toMatchObject({ code: 3, stderr: expect.stringContaining(digest) });
    expect(kept()).toEqual(before);
  });

  it("is carried out once its digest is accepted, which is kept with who said so", async () => {
    await home.freehold("up", "./counter", "--accept", digest);
    const show = await home.json("show", "counter");
    expect(show).toMatchObject({ version: "2.0.0", accepted: { digest, by: expect.stringMatching(/./) } });
    expect(show.versions.map(({ version }: { version: string }) => version)).toEqual(["1.0.0", "2.0.0"]);
  });
});

describe("rollback", () => {
  // The folder it came from is another one by now, or gone: what ran is what comes back.
  it("brings back what ran before from the copy that is kept, and data stays", async () => {
    await changeFile(join(folder, "api/index.mjs"), (text) => `${text}\nthrow new Error("not this one");\n`);
    const back = resultOf(await home.events("rollback", "counter")).apps[0];
    expect(back.version).toBe("1.0.0");
    expect(await greeting(await signIn(back.link))).toBe("Hello");
    expect((await home.attempt("rollback", "counter")).code).toBe(4);
  });
});
