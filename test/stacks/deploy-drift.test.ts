/** A14: what was changed by hand in the cloud is shown by a preview that looks, and put right by an up that does; so is an older home. */

import { rm } from "node:fs/promises";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DeletePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../stacks/cloud.ts";
import * as deploy from "../../stacks/deploy.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { localCloud, type Session, session, workspace } from "./deploy-session.ts";

let local: TestCloud;
let dir: string;
let cloud: Cloud;
let me: Session;
let dynamodb: DynamoDBClient;
let lambda: LambdaClient;
const table = "home--counter--counts";
const api = "home--counter--api";

beforeAll(async () => {
  local = await startTestCloud();
  dir = await workspace();
  cloud = localCloud(local, dir);
  me = session(cloud, dir);
  dynamodb = new DynamoDBClient(local.config);
  lambda = new LambdaClient(local.config);
  await me.foundation();
  await me.up();
}, 120_000);
afterAll(async () => {
  await local?.close();
  if (dir) await rm(dir, { recursive: true, force: true });
});

/**
 * What a preview that looks says, and an up that looks does: the same. Without looking nothing is seen; afterwards there is
 * nothing left to do.
 */
async function repaired(): Promise<{ done: string[]; told: string[] }> {
  await me.up({ preview: true });
  expect(me.touched()).toEqual([]);
  await me.up({ preview: true, refresh: true });
  const shown = me.touched().sort();
  await me.up({ refresh: true });
  const done = me.touched().sort();
  expect(done).toEqual(shown);
  const told = me.events().flatMap((event) => (event.type === "note" ? [event.message] : []));
  await me.up({ refresh: true });
  expect(me.touched()).toEqual([]);
  return { done, told };
}

async function arnOf(name: string): Promise<string> {
  return (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table?.TableArn ?? "";
}

/** As a Freehold that knew no boundary left it: neither in the account nor in the state. */
async function withoutBoundary(): Promise<void> {
  const iam = new IAMClient(local.config);
  const boundary = `arn:aws:iam::${local.accountId}:policy/home--foundation--boundary`;
  for (const RoleName of await roles(iam)) await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  await iam.send(new DeletePolicyCommand({ PolicyArn: boundary }));
  for (const name of ["counter", "foundation"]) {
    const state = (await deploy.exportStack(cloud, name, true)) as { deployment: { resources: any[] } };
    const { resources } = state.deployment;
    const gone = resources.find(({ type }) => type === "aws:iam/policy:Policy")?.urn;
    state.deployment.resources = resources.filter(({ urn }) => urn !== gone);
    for (const { inputs, outputs, propertyDependencies, ...one } of state.deployment.resources) {
      for (const map of [inputs, outputs, propertyDependencies]) {
        delete map?.permissionsBoundary;
        delete map?.boundaryArn;
      }
      if (one.dependencies)
        one.dependencies.splice(0, Number.POSITIVE_INFINITY, ...one.dependencies.filter((urn: string) => urn !== gone));
    }
    await deploy.importStack(cloud, name, state);
  }
}

const roles = async (iam: IAMClient): Promise<string[]> =>
  (await iam.send(new ListRolesCommand({}))).Roles!.map(({ RoleName }) => RoleName!);

// Homes of before have apps and data: they must come under the boundary by the command that people type anyway.
it("a home of before the boundary gets it by the next up, and every role with it, and nothing else", async () => {
  await dynamodb.send(new PutItemCommand({ TableName: table, Item: { id: { S: "kept" } } }));
  await withoutBoundary();
  const { boundaryArn } = await me.foundation();
  expect(me.touched().sort()).toEqual(["create aws:iam/policy:Policy boundary", "update aws:iam/role:Role signin"]);
  await me.up();
  const own = ["api", "exec--api", "gate"].map((noun) => `update aws:iam/role:Role ${noun}`);
  expect(me.touched().sort()).toEqual(own);
  const iam = new IAMClient(local.config);
  const bounded = (await roles(iam)).map(async (RoleName) => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    return `${RoleName} ${Role?.PermissionsBoundary?.PermissionsBoundaryArn}`;
  });
  const names = ["counter--api", "counter--exec--api", "counter--gate", "foundation--signin"];
  expect((await Promise.all(bounded)).sort()).toEqual(names.map((name) => `home--${name} ${boundaryArn}`));
  await me.up();
  expect(me.touched()).toEqual([]);
  expect((await dynamodb.send(new ScanCommand({ TableName: table }))).Items).toEqual([{ id: { S: "kept" } }]);
});

describe("A14: changed by hand", () => {
  // Whoever looks for a cause in a console leaves settings behind; the blueprint is what counts.
  it("a function's settings are put back", async () => {
    const edit = { FunctionName: api, Timeout: 60, MemorySize: 1024 };
    await lambda.send(new UpdateFunctionConfigurationCommand(edit));
    const { done } = await repaired();
    expect(done).toEqual(["update aws:lambda/function:Function api"]);
    const now = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: api }));
    expect(now).toMatchObject({ Timeout: 3, MemorySize: 256 });
  });

  // Without its tags nobody finds a resource again once the state is lost.
  it("a tag that was stripped is put back, and the data stays", async () => {
    await dynamodb.send(new PutItemCommand({ TableName: table, Item: { id: { S: "kept" } } }));
    const ResourceArn = await arnOf(table);
    await dynamodb.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["freehold:app"] }));
    const { done } = await repaired();
    expect(done).toEqual(["update aws:dynamodb/table:Table counts"]);
    const { Tags } = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn }));
    expect(Tags).toContainEqual({ Key: "freehold:app", Value: "counter" });
    expect((await dynamodb.send(new ScanCommand({ TableName: table }))).Count).toBe(1);
  });

  // A table that is gone took its items with it: it has to be said before an empty one stands in its place.
  it("a table that was deleted is told, and made again", async () => {
    await dynamodb.send(new DeleteTableCommand({ TableName: table }));
    const { done, told } = await repaired();
    expect(told).toContain(`${table} is not there any more; a new one is made in its place.`);
    expect(done).toContain("create aws:dynamodb/table:Table counts");
    expect(done.filter((line) => / aws:dynamodb| aws:s3\/bucket:/.test(line))).toEqual([
      "create aws:dynamodb/table:Table counts",
    ]);
    expect(await arnOf(table)).toContain(table);
  });

  // Somebody's items are worth more than the blueprint's key: only a person may decide over them.
  it("a table that stands there with another key is not replaced", async () => {
    await dynamodb.send(new DeleteTableCommand({ TableName: table }));
    const key = { AttributeName: "other", KeyType: "HASH" } as const;
    const attribute = { AttributeName: "other", AttributeType: "S" } as const;
    const BillingMode = "PAY_PER_REQUEST";
    await dynamodb.send(
      new CreateTableCommand({ TableName: table, KeySchema: [key], AttributeDefinitions: [attribute], BillingMode }),
    );
    await dynamodb.send(new PutItemCommand({ TableName: table, Item: { other: { S: "theirs" } } }));
    await expect(me.up({ refresh: true })).rejects.toMatchObject({ detail: expect.stringContaining(table) });
    expect((await dynamodb.send(new ScanCommand({ TableName: table }))).Items).toEqual([{ other: { S: "theirs" } }]);
  });
});
