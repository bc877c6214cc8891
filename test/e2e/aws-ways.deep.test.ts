/**
 * A cloud in AWS by each way of signing in that this computer can play: a container's role, a program's keys, a role by
 * way of a profile, a token for web identity. Whatever else lies in the home is not taken instead.
 */
import { chmod, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startAwsWithBadDays, writeAws } from "../support/aws-setup.ts";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { allow, createRole, createUser, trust } from "../support/identity.ts";
import { listen } from "../support/listen.ts";

let aws: Awaited<ReturnType<typeof startAwsWithBadDays>>;
let home: Home;
let container: Server;
/** Times that the container's address and the program were asked. */
let asked = 0;

beforeAll(async () => {
  aws = await startAwsWithBadDays();
  const owner = aws.cloud.credentials;
  container = createServer((_, res) => {
    asked++;
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    const keys = { AccessKeyId: owner.accessKeyId, SecretAccessKey: owner.secretAccessKey };
    res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...keys, Expiration, Token: "" }));
  });
  const endpoint = await listen(container);
  home = await withHome({
    env: {
      AWS_ENDPOINT_URL: aws.proxy.endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/role`,
      AWS_REGION: "eu-west-1",
    },
  });
  const tool = join(home.dir, "tool.sh");
  const said = { Version: 1, AccessKeyId: owner.accessKeyId, SecretAccessKey: owner.secretAccessKey };
  await writeFile(tool, `#!/bin/sh\necho x >> ${home.dir}/runs\ncat <<'END'\n${JSON.stringify(said)}\nEND\n`);
  await chmod(tool, 0o700);
  const person = await createUser(aws.cloud, allow("sts:AssumeRole"));
  const role = await createRole(aws.cloud, trust({ AWS: person.arn }), [allow("*")]);
  const { accessKeyId, secretAccessKey } = person.config.credentials;
  // What would be taken first, if what was named were not: keys of nobody.
  await writeAws(home, "credentials", "[default]\naws_access_key_id = AKIANOBODY\naws_secret_access_key = x\n");
  await writeAws(
    home,
    "config",
    `[profile tool]\ncredential_process = ${tool}\n[profile base]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n[profile admin]\nrole_arn = ${role}\nsource_profile = base\n`,
  );
}, 60_000);
afterAll(async () => {
  await home?.close();
  container?.closeAllConnections();
  await new Promise((resolve) => container.close(resolve));
  await aws?.close();
});

it("a container's role sets it up, though a default profile lies there", { timeout: 120_000 }, async () => {
  aws.proxy.plan([]);
  const several = await home.attempt("setup", "--target", "aws", "--name", "work", "--yes");
  expect(several.code).toBe(3);
  expect(several.stderr).toMatch(/default · profile[\s\S]*cannot be used yet[\s\S]*the container's role/);
  const args = ["setup", "--target", "aws", "--name", "work", "--sign-in", "container", "--yes"];
  expect(resultOf(await home.events(...args))).toMatchObject({ ok: true });
  expect(asked).toBeGreaterThan(0);
  // Nor are keys of nobody in the environment taken instead, by whichever of the clients.
  Object.assign(home.env, { AWS_ACCESS_KEY_ID: "AKIANOBODY", AWS_SECRET_ACCESS_KEY: "x" });
  await home.freehold("state", "verify", "--cloud", "work");
  expect(resultOf(await home.events("setup", "--name", "work"))).toMatchObject({ ok: true });
});

it("a program's keys: run when it is chosen, once a process", { timeout: 120_000 }, async () => {
  await home.freehold("setup", "--name", "work", "--profile", "tool");
  const { readFile } = await import("node:fs/promises");
  const before = (await readFile(join(home.dir, "runs"), "utf8")).length;
  const containerBefore = asked;
  await home.freehold("status", "--cloud", "work");
  expect((await readFile(join(home.dir, "runs"), "utf8")).length - before).toBe(2);
  expect(asked).toBe(containerBefore);
});

it("a role by way of a profile: its session is told, and its role's rights are simulated", {
  timeout: 120_000,
}, async () => {
  await home.freehold("setup", "--name", "work", "--profile", "admin");
  const { checks } = await home.json("doctor", "--cloud", "work");
  const of = (id: string) => checks.find((one: { id: string }) => one.id === id);
  expect(of("aws-identity").detail).toMatch(/assumed-role/);
  expect(of("aws-rights")).toMatchObject({ state: "ok" });
  expect(of("aws-sign-in").detail).toContain("by way of the profile base");
});
