/**
 * What is in a cloud whatever its state says: each service's own list, of which that counts which carries the cloud's
 * tags. What can carry none (grants, walls of buckets, rights inside of roles) goes with what it is part of.
 */
import { type Cloud, foundationStack } from "../cloud.ts";
import { partitionOf } from "../names.ts";
import { dynamodb, guarded, iam, lambda, logs, s3, ssm } from "./clients.ts";
import { eachOf } from "./shelf.ts";

export interface Tagged {
  kind: string;
  id: string;
  /** Of the tag `freehold:app`; what carries the cloud's alone is the foundation's. */
  app: string;
}

type Tags = Record<string, string>;

/** Every id of one kind that may be the cloud's by its name, and how the tags of one are read. */
export interface Source {
  kind: string;
  list(cloud: Cloud): Promise<string[]>;
  tags(cloud: Cloud, id: string): Promise<Tags | undefined>;
}

export const tagMap = (tags: readonly { Key?: string; Value?: string }[] = []): Tags =>
  Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));

/** All pages of a list, by whatever its service calls the place to go on from. */
export async function pages<T>(
  next: (from: string | undefined) => Promise<{ items: T[]; from?: string }>,
): Promise<T[]> {
  const all: T[] = [];
  for (let from: string | undefined; ; ) {
    const page = await next(from);
    all.push(...page.items);
    from = page.from;
    if (!from) return all;
  }
}

export const gone = (error: Error): undefined => {
  if (/NotFound|NoSuch/.test(error.name)) return undefined;
  throw error;
};
const arn = (cloud: Cloud, service: string, resource: string): string =>
  `arn:${partitionOf(cloud.region)}:${service}:${cloud.region}:${cloud.accountId}:${resource}`;
export const only = (names: readonly (string | undefined)[]): string[] => names.filter((name) => name !== undefined);

export const sources: readonly Source[] = [
  {
    kind: "aws:lambda/function:Function",
    async list(cloud) {
      const { sdk, client } = await lambda(cloud);
      return pages(async (Marker) => {
        const page = await client.send(new sdk.ListFunctionsCommand({ Marker }));
        return { items: only((page.Functions ?? []).map((one) => one.FunctionName)), from: page.NextMarker };
      });
    },
    async tags(cloud, id) {
      const { sdk, client } = await lambda(cloud);
      const Resource = arn(cloud, "lambda", `function:${id}`);
      return (await client.send(new sdk.ListTagsCommand({ Resource })).catch(gone))?.Tags;
    },
  },
  {
    kind: "aws:dynamodb/table:Table",
    async list(cloud) {
      const { sdk, client } = await dynamodb(cloud);
      return pages(async (ExclusiveStartTableName) => {
        const page = await client.send(new sdk.ListTablesCommand({ ExclusiveStartTableName }));
        return { items: page.TableNames ?? [], from: page.LastEvaluatedTableName };
      });
    },
    async tags(cloud, id) {
      const { sdk, client } = await dynamodb(cloud);
      const ResourceArn = arn(cloud, "dynamodb", `table/${id}`);
      const page = await client.send(new sdk.ListTagsOfResourceCommand({ ResourceArn })).catch(gone);
      return page && tagMap(page.Tags);
    },
  },
  {
    kind: "aws:s3/bucket:Bucket",
    async list(cloud) {
      const { sdk, client } = await s3(cloud);
      return pages(async (ContinuationToken) => {
        const page = await client.send(new sdk.ListBucketsCommand({ ContinuationToken, MaxBuckets: 1000 }));
        return { items: only((page.Buckets ?? []).map(({ Name }) => Name)), from: page.ContinuationToken };
      });
    },
    async tags(cloud, Bucket) {
      const { sdk, client } = await s3(cloud);
      const command = new sdk.GetBucketTaggingCommand({ Bucket, ExpectedBucketOwner: cloud.accountId });
      const page = await client.send(command).catch(gone);
      return page && tagMap(page.TagSet);
    },
  },
  {
    kind: "aws:iam/role:Role",
    async list(cloud) {
      const { sdk, client } = await iam(cloud);
      return pages(async (Marker) => {
        const page = await client.send(new sdk.ListRolesCommand({ Marker }));
        return { items: only((page.Roles ?? []).map(({ RoleName }) => RoleName)), from: page.Marker };
      });
    },
    async tags(cloud, RoleName) {
      const { sdk, client } = await iam(cloud);
      const page = await client.send(new sdk.ListRoleTagsCommand({ RoleName })).catch(gone);
      return page && tagMap(page.Tags);
    },
  },
  {
    kind: "aws:iam/policy:Policy",
    async list(cloud) {
      const { sdk, client } = await iam(cloud);
      return pages(async (Marker) => {
        const page = await client.send(new sdk.ListPoliciesCommand({ Scope: "Local", Marker }));
        return { items: only((page.Policies ?? []).map(({ Arn }) => Arn)), from: page.Marker };
      });
    },
    async tags(cloud, PolicyArn) {
      const { sdk, client } = await iam(cloud);
      const page = await client.send(new sdk.ListPolicyTagsCommand({ PolicyArn })).catch(gone);
      return page && tagMap(page.Tags);
    },
  },
  {
    kind: "aws:cloudwatch/logGroup:LogGroup",
    async list(cloud) {
      const { sdk, client } = await logs(cloud);
      return pages(async (nextToken) => {
        const page = await client.send(new sdk.DescribeLogGroupsCommand({ nextToken }));
        return { items: only((page.logGroups ?? []).map(({ logGroupName }) => logGroupName)), from: page.nextToken };
      });
    },
    async tags(cloud, id) {
      const { sdk, client } = await logs(cloud);
      const resourceArn = arn(cloud, "logs", `log-group:${id}`);
      return (await client.send(new sdk.ListTagsForResourceCommand({ resourceArn })).catch(gone))?.tags;
    },
  },
  {
    kind: "aws:ssm/parameter:Parameter",
    async list(cloud) {
      const { sdk, client } = await ssm(cloud);
      return pages(async (NextToken) => {
        const page = await client.send(new sdk.DescribeParametersCommand({ NextToken }));
        return { items: only((page.Parameters ?? []).map(({ Name }) => Name)), from: page.NextToken };
      });
    },
    async tags(cloud, ResourceId) {
      const { sdk, client } = await ssm(cloud);
      const command = new sdk.ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId });
      const page = await client.send(command).catch(gone);
      return page && tagMap(page.TagList);
    },
  },
];

/** What of a name says that it may be this cloud's: only of those are tags asked for. */
function mayBe(cloud: Cloud, id: string): boolean {
  return (
    id.startsWith(`${cloud.name}--`) ||
    id.includes(`/${cloud.name}--`) ||
    id.startsWith(`/freehold/${cloud.name}/`) ||
    id.startsWith(`freehold-state-${cloud.name}-`)
  );
}

/** Sorted by app and kind. Faults: credentials, and any list that could not be read: what cannot be seen is not gone. */
export async function taggedResources(cloud: Cloud): Promise<Tagged[]> {
  const found: Tagged[] = [];
  await guarded(cloud, () =>
    eachOf(sources, async ({ kind, list, tags }) => {
      const ids = (await list(cloud)).filter((id) => mayBe(cloud, id));
      await eachOf(ids, async (id) => {
        const own = await tags(cloud, id);
        if (own?.["freehold:cloud"] === cloud.name)
          found.push({ kind, id, app: own["freehold:app"] ?? foundationStack });
      });
    }),
  );
  const order = ({ app, kind, id }: Tagged): string => `${app} ${kind} ${id}`;
  return found.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
