/**
 * A cloud in China's and in the government's AWS (moto), which are partitions of their own: ARNs and addresses have other
 * names there, and a policy that names the plain ones gives a right to nothing. Of three clouds in three regions each
 * command reaches the one that is meant.
 */
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";

const clouds = [
  { name: "china", region: "cn-north-1", partition: "aws-cn" },
  { name: "official", region: "us-gov-west-1", partition: "aws-us-gov" },
  { name: "plain", region: "eu-west-1", partition: "aws" },
];

describe.skipIf(missing(motoServer(), "moto_server"))("other partitions", { timeout: 240_000 }, () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let home: Home;

  beforeAll(async () => {
    moto = await startMoto();
    home = await withHome({ env: moto.env });
    for (const { name, region } of clouds) {
      await home.freehold("setup", "--target", "aws", "--name", name, "--region", region, "--yes");
      await home.freehold("up", "notes", "--cloud", name);
    }
  }, 240_000);
  afterAll(async () => {
    await home?.close();
    await moto?.close();
  });

  it.each(clouds)(
    "$partition: no ARN and no right of its own is of another one",
    async ({ name, region, partition }) => {
      const { deployment } = await home.json("state", "export", "notes", "--cloud", name);
      const arns = JSON.stringify(deployment.resources.map(({ outputs }: any) => outputs)).match(
        /arn:[\w-]+:[^"\\]*/g,
      )!;
      expect(arns.length).toBeGreaterThan(10);
      // Moto's own managed policies are plain everywhere.
      expect([...new Set(arns.map((arn) => arn.split(":")[1]))]).toEqual([partition]);
      const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
      const iam = new IAMClient({ endpoint: moto.endpoint, region, credentials });
      const { Roles = [] } = await iam.send(new ListRolesCommand({}));
      const roles = Roles.filter(({ RoleName }) => RoleName!.startsWith(`${name}--notes--`));
      expect(roles.length).toBeGreaterThan(0);
      for (const { RoleName } of roles) {
        const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
        for (const PolicyName of PolicyNames) {
          const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
          const said = decodeURIComponent(PolicyDocument!).match(/arn:([\w-]+):/g) ?? [];
          expect([...new Set(said)]).toEqual(said.length > 0 ? [`arn:${partition}:`] : []);
        }
      }
    },
  );

  // F07: with several clouds a command without `--cloud` means the current one, and with it no other.
  it("each command reaches the cloud that is meant, in its region", async () => {
    for (const { name, region } of clouds) {
      expect(await home.json("cloud", "status", "--cloud", name)).toMatchObject({ cloud: name, region });
      await home.freehold("data", "put", "notes/notes", JSON.stringify({ id: `of-${name}` }), "--cloud", name);
    }
    for (const { name } of clouds) {
      const { items } = await home.json("data", "ls", "notes/notes", "--cloud", name);
      expect(items.map(({ id }: { id: string }) => id)).toEqual([`of-${name}`]);
    }
    const again = resultOf(await home.events("setup", "--name", "china"));
    expect(again).toMatchObject({ ok: true, cloud: "china" });
    const other = await home.attempt("setup", "--name", "china", "--region", "eu-west-1", "--yes");
    expect(other.code).toBe(2);
    await home.freehold("destroy", "--all", "--data", "delete", "--yes", "--cloud", "official");
    expect((await home.json("cloud", "ls")).clouds.map(({ name }: { name: string }) => name).sort()).toEqual([
      "china",
      "plain",
    ]);
    expect((await home.json("ls", "--cloud", "china")).apps).toMatchObject([{ name: "notes", state: "running" }]);
  });
});
