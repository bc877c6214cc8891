/** How a member's cloud is signed in to: a file of AWS's own form without a key in it, and a config that is checked. And that an operation asks once whose its keys are. */
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { knownCloud, roleEnvironment } from "../../cli/access.ts";
import { readClouds, saveCloud } from "../../cli/clouds.ts";
import { enterCloud } from "../../cli/operations/work.ts";
import { findPaths } from "../../cli/paths.ts";
import { startSts } from "../support/aws-setup.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";

const role = { arn: "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole", cloud: "pay" };
const anna = {
  ...{ name: "anna", target: "aws" as const, region: "eu-west-1", accountId: "111122223333", timeZone: "UTC" },
  ...{ stateBucket: "freehold-state-anna-0123456789", role },
};

describe("a role by way of another cloud's sign-in", () => {
  it("is told in AWS's own form, which asks a program, and hides the payer's own variables", async () => {
    const paths = findPaths({ FREEHOLD_HOME: mkdtempSync(join(tmpdir(), "freehold-")) });
    await saveCloud(paths, anna);
    expect((await readClouds(paths)).clouds).toEqual([anna]);
    const { environment } = knownCloud(paths, anna);
    expect(environment).toMatchObject({ AWS_PROFILE: "freehold", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" });
    expect(Object.keys(environment).filter((name) => /KEY|TOKEN/.test(name))).toEqual([]);
    const file = environment["AWS_CONFIG_FILE"]!;
    const [, profile, program] = readFileSync(file, "utf8").trim().split("\n");
    expect(profile).toBe("[profile freehold]");
    expect(program).toMatch(
      /^credential_process = \S*node\S* \S+freehold\.cjs accounts keys arn:aws:iam::111122223333:role\/\S+ --cloud pay$/,
    );
    // Written once: whoever reads it meanwhile reads all of it.
    const before = statSync(file, { bigint: true }).mtimeNs;
    expect(roleEnvironment(paths, "anna", role)).toEqual(environment);
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(before);
  });

  it.each([
    ["a role that is none", "role: { arn: 'x; rm', cloud: pay }"],
    ["no payer", `role: { arn: "${role.arn}" }`],
  ])("is refused with %s", async (_, line) => {
    const paths = findPaths({ FREEHOLD_HOME: mkdtempSync(join(tmpdir(), "freehold-")) });
    mkdirSync(paths.config, { recursive: true });
    const facts = "target: aws, region: eu-west-1, accountId: '111122223333', timeZone: UTC";
    writeFileSync(join(paths.config, "clouds.yaml"), `format: 1\nclouds:\n  anna: { ${facts}, ${line} }\n`);
    await expect(readClouds(paths)).rejects.toMatchObject({
      code: "file-broken",
      detail: expect.stringMatching(/clouds\.anna\.role/),
    });
  });
});

// A refusal that was kept would be told to all that come later, whatever AWS says by then.
it("an operation asks once whose its keys are, and again after it was refused", async () => {
  const sts = await startSts("arn:aws:iam::111122223333:user/ada");
  const proxy = await startFaultProxy(sts.endpoint);
  try {
    const paths = findPaths({ FREEHOLD_HOME: mkdtempSync(join(tmpdir(), "freehold-")) });
    const { role: _, ...config } = { ...anna, endpoint: proxy.endpoint };
    const refusal = { kind: "answer", status: 403, code: "ExpiredToken", message: "over" } as const;
    proxy.plan([{ on: /GetCallerIdentity/, fault: refusal, times: 1 }]);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "k");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "s");
    const request = { format: 1, id: "x", operation: "up", at: "", command: "", cwd: "" } as const;
    await expect(enterCloud({ paths, request }, config)).rejects.toMatchObject({ exitCode: 6 });
    const entered = await enterCloud({ paths, request }, config);
    expect(await enterCloud({ paths, request }, config)).toBe(entered);
    expect(sts.calls).toHaveLength(1);
  } finally {
    vi.unstubAllEnvs();
    await proxy.close();
    await sts.close();
  }
});
