/**
 * The parameter store: String, StringList and SecureString (sealed on disk), versions, paths, tags. Labels and parameter
 * policies are refused by name.
 */
import { jsonService } from "../protocols/aws-json.ts";
import type { LocalCloud, ServiceFactory } from "../service.ts";
import { ssmAccess } from "./access.ts";
import { errors } from "./errors.ts";
import { inputRules } from "./input-rules.ts";
import { describeParameters, getParametersByPath } from "./list.ts";
import {
  checkName,
  find,
  metadataJson,
  migrations,
  page,
  parameterJson,
  type Tag,
  type VersionRow,
} from "./parameters.ts";
import { checkTags, putParameter } from "./put.ts";
import { openVault, type Vault } from "./vault.ts";

export const createSsmService: ServiceFactory = (cloud) => {
  cloud.store.migrate("ssm", migrations);
  const vault = openVault(cloud.store.dir);
  return jsonService(cloud, {
    name: "ssm",
    version: "1.1",
    target: "AmazonSSM",
    inputRules,
    access: ssmAccess(cloud),
    operations: {
      PutParameter: (input, call) => putParameter(cloud, vault, input, call),
      GetParameter: (input) => getParameter(cloud, vault, input),
      GetParameters: (input) => getParameters(cloud, vault, input),
      GetParametersByPath: (input) => getParametersByPath(cloud, vault, input),
      DescribeParameters: (input) => describeParameters(cloud, input),
      GetParameterHistory: (input) => getParameterHistory(cloud, vault, input),
      DeleteParameter: (input) => deleteParameter(cloud, input),
      DeleteParameters: (input) => deleteParameters(cloud, input),
      AddTagsToResource: (input) =>
        changeTags(cloud, input, (before) => [
          ...before.filter(({ Key }) => !checkTags(input.Tags).some((tag) => tag.Key === Key)),
          ...checkTags(input.Tags),
        ]),
      RemoveTagsFromResource: (input) =>
        changeTags(cloud, input, (before) => before.filter(({ Key }) => !(input.TagKeys ?? []).includes(Key))),
      ListTagsForResource: (input) => ({ TagList: tagsOf(cloud, input) }),
    },
  });
};

function getParameter(cloud: LocalCloud, vault: Vault, input: any) {
  const found = find(cloud.store.db, input.Name ?? checkName(undefined));
  if (!found) throw errors.notFound();
  return { Parameter: parameterJson(cloud, vault, found, input.WithDecryption === true) };
}

function getParameters(cloud: LocalCloud, vault: Vault, input: any) {
  const names: string[] = input.Names;
  const found = names.map((name) => [name, find(cloud.store.db, name)] as const);
  return {
    Parameters: found.flatMap(([, one]) =>
      one ? [parameterJson(cloud, vault, one, input.WithDecryption === true)] : [],
    ),
    InvalidParameters: found.filter(([, one]) => !one).map(([name]) => name),
  };
}

function getParameterHistory(cloud: LocalCloud, vault: Vault, input: any) {
  const name = checkName(input.Name);
  const rows = cloud.store.db
    .prepare("SELECT * FROM ssm_versions WHERE name = ? ORDER BY version")
    .all(name) as unknown as VersionRow[];
  if (rows.length === 0) throw errors.notFound();
  // Versions page like names do; their numbers are padded so that text order is number order.
  const keyed = rows.map((row) => ({ name: String(row.version).padStart(12, "0"), row }));
  const { items, NextToken } = page(keyed, input.MaxResults, input.NextToken, 50);
  const Parameters = items.map(({ row }) => ({
    ...metadataJson(cloud, row),
    // An entry of the history has none.
    ARN: undefined,
    Value: parameterJson(cloud, vault, { row }, input.WithDecryption === true).Value,
    Labels: [],
  }));
  return { Parameters, NextToken };
}

async function deleteParameter(cloud: LocalCloud, input: any) {
  const name = checkName(input.Name);
  if (!(await remove(cloud, name))) throw errors.notFound();
  return {};
}

async function deleteParameters(cloud: LocalCloud, input: any) {
  const names = (input.Names ?? []) as string[];
  const done = await Promise.all(names.map(async (name) => [name, await remove(cloud, name)] as const));
  return {
    DeletedParameters: done.filter(([, gone]) => gone).map(([name]) => name),
    InvalidParameters: done.filter(([, gone]) => !gone).map(([name]) => name),
  };
}

function remove(cloud: LocalCloud, name: string): Promise<boolean> {
  return cloud.store.write((db) => {
    db.prepare("DELETE FROM ssm_versions WHERE name = ?").run(name);
    return Number(db.prepare("DELETE FROM ssm_parameters WHERE name = ?").run(name).changes) > 0;
  });
}

function tagsOf(cloud: LocalCloud, input: any): Tag[] {
  if (input.ResourceType !== "Parameter") throw errors.notHere(`The resource type ${input.ResourceType}`);
  const row = cloud.store.db.prepare("SELECT tags FROM ssm_parameters WHERE name = ?").get(String(input.ResourceId)) as
    | { tags: string }
    | undefined;
  if (!row) throw errors.resource(String(input.ResourceId));
  return JSON.parse(row.tags);
}

async function changeTags(cloud: LocalCloud, input: any, change: (before: Tag[]) => Tag[]) {
  await cloud.store.write((db) => {
    const tags = change(tagsOf(cloud, input));
    if (tags.length > 50) throw errors.limit("The number of tags has reached the maximum limit of 50.");
    db.prepare("UPDATE ssm_parameters SET tags = ? WHERE name = ?").run(JSON.stringify(tags), String(input.ResourceId));
  });
  return {};
}
