/** The engine as it is shipped, which has only the parts of Cloudflare's SDK that are used, cut out by the bundler. */
import { join } from "node:path";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { withHome } from "../../../support/home.ts";
import { Ground, www } from "./programs.ts";

// A minifier renames what is told apart by its class, and drops what seems unused.
it("drives Cloudflare from the bundle, through a lost answer and a refusal", async () => {
  const [ground, home] = [await Ground.make(), await withHome()];
  try {
    await home.freehold("engine", "install", join(ground.dir, "installed", "bin"));
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "dev", projectName: "domains", program: async () => void www(ground.zone.id) },
      {
        workDir: ground.dir,
        pulumiHome: join(ground.dir, "home"),
        pulumiCommand: await PulumiCommand.get({ root: join(ground.dir, "installed") }),
        envVars: {
          PULUMI_BACKEND_URL: `file://${ground.dir}`,
          PULUMI_CONFIG_PASSPHRASE: "p",
          CLOUDFLARE_BASE_URL: ground.fake.endpoint,
          CLOUDFLARE_API_TOKEN: ground.token,
        },
      },
    );
    ground.fake.faults = [
      { on: /^POST /, times: 1, how: { kind: "reset", reached: true } },
      { on: /^GET .*dns_records\?/, times: 1, how: { kind: "reset", reached: false } },
    ];
    await stack.up(ground.heard);
    expect(ground.fake.recordsOf(ground.zone).map(({ name }) => name)).toEqual(["www.example.com"]);
    ground.fake.tokens.get(ground.token)!.scopes = ["Zone:Read", "DNS:Read"];
    await expect(stack.destroy(ground.heard)).rejects.toThrow(/code 10000.*lacks DNS:Edit here/);
    ground.fake.tokens.get(ground.token)!.scopes = ["Zone:Read", "DNS:Edit"];
    await stack.destroy(ground.heard);
    expect(ground.fake.recordsOf(ground.zone)).toEqual([]);
    expect(ground.kept()).not.toContain(ground.token);
  } finally {
    await home.close();
    await ground.close();
  }
});
