/** What each operation of the parameter store needs: IAM action, parameters' ARNs, condition keys. */
import { listOf, requestTags, resourceTags, tagKeys, textOf } from "../access/rows.ts";
import type { AccessRow, AccessTable, LocalCloud, Need } from "../service.ts";

export function ssmAccess({ options, store }: LocalCloud): AccessTable {
  const arn = `arn:aws:ssm:${options.region}:${options.accountId}:`;
  /** By name with a version, by path, or by ARN. */
  const parameterArn = (name: string): string =>
    name.startsWith("arn:") ? name : `${arn}parameter/${name.replace(/^\//, "").replace(/:[^:]*$/, "")}`;
  const tagsOf = (name: string): unknown => {
    const row = store.db.prepare("SELECT tags FROM ssm_parameters WHERE name = ?").get(name.replace(/:[^:]*$/, ""));
    return row === undefined ? [] : JSON.parse(row["tags"] as string);
  };
  const on = (action: string, name: string, keys: NonNullable<Need["keys"]> = () => ({})): Need => ({
    action: `ssm:${action}`,
    resource: parameterArn(name),
    keys: () => ({ ...resourceTags(tagsOf(name), ["aws:ResourceTag", "ssm:resourceTag"]), ...keys() }),
  });
  const one =
    (action: string): AccessRow =>
    ({ Name }) => [on(action, textOf(Name))];
  const each =
    (action: string): AccessRow =>
    ({ Names }) =>
      listOf(Names).map((name) => on(action, textOf(name)));
  const tagged =
    (action: string, keys: (input: any) => ReturnType<NonNullable<Need["keys"]>> = () => ({})): AccessRow =>
    (input) => [on(action, textOf(input.ResourceId), () => keys(input))];

  return {
    PutParameter: (input) => [
      on("PutParameter", textOf(input.Name), () => ({
        "ssm:Overwrite": String(input.Overwrite === true),
        ...requestTags(input.Tags),
      })),
      ...(listOf(input.Tags).length > 0
        ? [on("AddTagsToResource", textOf(input.Name), () => requestTags(input.Tags))]
        : []),
    ],
    GetParameter: one("GetParameter"),
    GetParameters: each("GetParameters"),
    GetParametersByPath: (input) => [
      on("GetParametersByPath", textOf(input.Path), () => ({ "ssm:Recursive": String(input.Recursive === true) })),
    ],
    DescribeParameters: () => [{ action: "ssm:DescribeParameters", resource: `${arn}*` }],
    GetParameterHistory: one("GetParameterHistory"),
    DeleteParameter: one("DeleteParameter"),
    DeleteParameters: each("DeleteParameters"),
    AddTagsToResource: tagged("AddTagsToResource", ({ Tags }) => requestTags(Tags)),
    RemoveTagsFromResource: tagged("RemoveTagsFromResource", ({ TagKeys }) => tagKeys(TagKeys)),
    ListTagsForResource: tagged("ListTagsForResource"),
  };
}
