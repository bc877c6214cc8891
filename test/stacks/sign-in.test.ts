/**
 * One sign-in of `aws login`, used by many parts of a process at once, and by two processes: its refresh token is good for
 * one use, so whoever renews it twice is signed out.
 */
import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { signedIn } from "../../stacks/sign-in/index.ts";
import type { Home } from "../support/home.ts";
import { type SignInServices, startSignInServices } from "../support/sign-in-services.ts";

let services: SignInServices;
let dir: string;
let serial = 0;

beforeAll(async () => {
  services = await startSignInServices(async () => {
    const n = ++serial;
    return { accessKeyId: `key-${n}`, secretAccessKey: `secret-${n}`, sessionToken: `token-${n}` };
  });
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "signed-in-"));
  const { writeAws } = await import("../support/aws-setup.ts");
  const home = { dir } as Home;
  await writeAws(home, "config", services.loginConfig);
  await services.signInByLogin(home, -1_000);
  services.state.asked.length = 0;
  vi.stubEnv("AWS_LOGIN_CACHE_DIRECTORY", join(dir, ".aws/login/cache"));
  vi.stubEnv("AWS_ENDPOINT_URL_SIGNIN", services.endpoint);
  vi.stubEnv("AWS_PROFILE", undefined);
  vi.stubEnv("AWS_REGION", "eu-west-1");
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => services?.close());

const place = (region?: string) => ({ profile: "console", configFilepath: join(dir, ".aws/config"), region });

// The engine's state, the provider and our own clients each have a chain; they meet when the keys run out.
it("is renewed once by chains of several regions that ask at the same moment", async () => {
  const chains = ["eu-west-1", "us-east-1", undefined].map((region) => signedIn(place(region)));
  const keys = await Promise.all([...chains, ...chains].map((chain) => chain()));
  expect(new Set(keys.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
  expect(services.state.asked).toEqual(["POST /v1/token"]);
});

it("is looked up again past what is remembered, by one chain that all others then have", async () => {
  const chain = signedIn(place("eu-west-1"));
  const before = await chain();
  await services.signInByLogin({ dir } as Home, 3_600_000);
  expect(await chain()).toEqual(before);
  chain.renew(chain.generation);
  expect((await chain()).accessKeyId).not.toBe(before.accessKeyId);
  expect(signedIn(place("eu-west-1"))).toBe(chain);
});

it("is what another process renewed at the same moment, where that one was first", async () => {
  const script = `import { signedIn } from ${JSON.stringify(join(import.meta.dirname, "../../stacks/sign-in/index.ts"))};
    process.stdin.once("data", async () => { console.log((await signedIn(${JSON.stringify(place())})()).accessKeyId); process.exit(); });
    console.log("ready");`;
  const two = Array.from({ length: 2 }, () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { env: process.env });
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    child.stderr.on("data", (chunk) => (said += chunk));
    return { child, said: () => said, ended: new Promise((resolve) => child.once("close", resolve)) };
  });
  // Both have asked with the same token before either is answered.
  services.state.together = 2;
  for (const { said } of two) await expect.poll(said, { timeout: 20_000 }).toContain("ready");
  for (const { child } of two) child.stdin.write("go\n");
  await expect.poll(() => services.state.asked.length, { timeout: 20_000 }).toBe(2);
  services.state.together = 1;
  await Promise.all(two.map(({ ended }) => ended));
  const [one, other] = two.map(({ said }) => said().split("\n")[1]);
  expect(one).toMatch(/^key-\d+$/);
  expect(other).toBe(one);
});
