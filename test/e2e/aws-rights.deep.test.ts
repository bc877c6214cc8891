/**
 * The rights that setup simulates and the documentation prints are the ones that a cloud needs: a user with exactly
 * these sets one up, puts apps into it, works with them and takes everything down. On a local cloud that enforces.
 */
import { AttachUserPolicyCommand, CreatePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { neededRights, ownerPolicy } from "../../stacks/deploy/needed-rights.ts";
import { inventory } from "../support/aws.ts";
import { copyCounter } from "../support/counter.ts";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { createUser, type Person, policy } from "../support/identity.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";

let cloud: TestCloud;
let person: Person;
let home: Home;

beforeAll(async () => {
  cloud = await startTestCloud();
  person = await createUser(cloud);
  const { accessKeyId, secretAccessKey } = person.config.credentials;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  home = await withHome({ env: { ...cloud.env, ...keys } });
  await copyCounter(home.dir);
  const PolicyDocument = policy(...ownerPolicy({ name: "work", accountId: cloud.accountId, region: cloud.region }));
  const iam = new IAMClient(cloud.config);
  // As one managed policy, which has a limit of its own that this must stay below.
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: "owner", PolicyDocument }));
  await iam.send(new AttachUserPolicyCommand({ UserName: person.name, PolicyArn: Policy!.Arn! }));
}, 120_000);
afterAll(async () => {
  await home?.close();
  await cloud?.close();
});

// Who gives a right too few meets it in the middle; who gives all has nothing that holds Freehold back.
describe("a user with the rights that are asked for, and no others", () => {
  it("sets up a cloud; AWS's simulator says of every right that it is there", { timeout: 120_000 }, async () => {
    const events = await home.events("setup", "--target", "aws", "--name", "work", "--yes");
    expect(resultOf(events)).toMatchObject({ ok: true });
    const { plan } = events.find(({ type }) => type === "setup-plan");
    expect(plan.rights.length).toBeGreaterThan(90);
    expect(plan.rights.filter(({ state }: { state: string }) => state !== "allowed")).toEqual([]);
  });

  it("lives with it to its end", { timeout: 240_000 }, async () => {
    await home.freehold("up", "notes");
    await home.freehold("up", "./counter", "--settings", "greeting=Hello");
    await home.freehold("up", "./counter", "--settings", "greeting=Good morning");
    for (const query of [
      ["ls"],
      ["open", "counter"],
      ["logs", "counter"],
      ["secret", "ls", "counter"],
      ["state", "verify"],
    ])
      await home.freehold(...query);
    await home.freehold("exec", "counter", "--", "true");
    for (const command of [
      ["ls"],
      ["put", "notes/notes", '{"id": "1", "box": "in", "n": 1}'],
      ["query", "notes/notes", "box = in", "--sort", "updated"],
      ["query", "notes/notes", "n > 0"],
      ["set", "notes/notes", "n > 0", "n=2", "--yes"],
      ["rm", "notes/notes", "id=1"],
      ["undo"],
      ["get", "notes/notes", "id=1"],
      ["put", "notes/files", "counter/blueprint.yaml", "a.yaml"],
      ["get", "notes/files", "a.yaml"],
      ["rm", "notes/files", "a.yaml"],
      ["undo"],
      ["export", "notes"],
      ["backup", "notes"],
      ["rm", "notes/notes", "id=1"],
      ["restore", "notes/notes", "id=1"],
      ["restore", "notes", "--replace"],
      ["backup", "notes", "--keep", "1"],
      ["backups"],
    ])
      await home.freehold("data", ...command);
    await home.freehold("destroy", "notes", "--yes");
    await home.freehold("up", "notes");
    await home.freehold("destroy", "--all", "--data", "delete", "--yes");
    expect((await inventory(cloud.config)).filter((name) => name.includes("work"))).toEqual([]);
  });

  it("is refused by name before anything is made when one of them is taken away", { timeout: 120_000 }, async () => {
    const where = { name: "work", accountId: cloud.accountId, region: cloud.region };
    const setup = neededRights(where).find(({ actions }) => actions.includes("lambda:CreateFunction"))!;
    await person.may({ Effect: "Deny", Action: "lambda:CreateFunction", Resource: setup.resource });
    const done = await home.attempt("setup", "--target", "aws", "--name", "work", "--yes");
    expect(done.code).toBe(6);
    expect(done.stderr).toMatch(/may not: lambda:CreateFunction\. Nothing was changed/);
    expect((await inventory(cloud.config)).filter((name) => name.includes("work"))).toEqual([]);
  });

  // A12: who may not ask the simulator meets it at the call; the same command goes on once the right is given.
  it("A12: met at the call itself, it is named with a policy that would allow it", { timeout: 240_000 }, async () => {
    const where = { name: "later", accountId: cloud.accountId, region: cloud.region };
    const iam = new IAMClient(cloud.config);
    const someone = await createUser(cloud);
    const most = neededRights(where).map(({ resource, actions }) => ({
      Action: actions.filter((action) => action !== "lambda:CreateFunction"),
      Resource: resource,
    }));
    const made = await iam.send(new CreatePolicyCommand({ PolicyName: "most", PolicyDocument: policy(...most) }));
    await iam.send(new AttachUserPolicyCommand({ UserName: someone.name, PolicyArn: made.Policy!.Arn! }));
    const { accessKeyId, secretAccessKey } = someone.config.credentials;
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const other = await withHome({ env: { ...cloud.env, ...keys } });
    try {
      const args = ["setup", "--target", "aws", "--name", "later", "--yes"];
      const done = await other.attempt(...args);
      const all = new Set(neededRights(where).flatMap(({ actions }) => actions)).size;
      expect(done.stderr).toContain(`${all} could not be checked. These credentials may not ask AWS what they may do`);
      expect(done.stderr).toMatch(
        /A policy that would: \{"Effect":"Allow","Action":"lambda:CreateFunction","Resource":"arn:/,
      );
      expect(done.code).toBe(6);
      await someone.may({ Action: "lambda:CreateFunction", Resource: "*" });
      expect(resultOf(await other.events(...args))).toMatchObject({ ok: true });
    } finally {
      await other.close();
    }
  });
});
