/**
 * What an account has that no stack of the cloud owns: each service's own list, without what a state names and what carries a
 * cloud's tags. It lists what `adopt` can take in by an id of its own; settings of a bucket go with the bucket. Changes nothing.
 */
import type { Cloud } from "../cloud.ts";
import { guarded, iam, lambda } from "./clients.ts";
import { sealedExport } from "./health.ts";
import { eachOf } from "./shelf.ts";
import { gone, only, pages, type Source, sources, tagMap } from "./tagged.ts";
import { stackNames } from "./workspace.ts";

export interface Unowned {
  kind: string;
  id: string;
}

const more: readonly Source[] = [
  {
    kind: "aws:iam/user:User",
    async list(cloud) {
      const { sdk, client } = await iam(cloud);
      return pages(async (Marker) => {
        const page = await client.send(new sdk.ListUsersCommand({ Marker }));
        return { items: only((page.Users ?? []).map(({ UserName }) => UserName)), from: page.Marker };
      });
    },
    async tags(cloud, UserName) {
      const { sdk, client } = await iam(cloud);
      const page = await client.send(new sdk.ListUserTagsCommand({ UserName })).catch(gone);
      return page && tagMap(page.Tags);
    },
  },
  {
    kind: "aws:iam/group:Group",
    async list(cloud) {
      const { sdk, client } = await iam(cloud);
      return pages(async (Marker) => {
        const page = await client.send(new sdk.ListGroupsCommand({ Marker }));
        return { items: only((page.Groups ?? []).map(({ GroupName }) => GroupName)), from: page.Marker };
      });
    },
    tags: async () => ({}),
  },
  {
    kind: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    async list(cloud) {
      const { sdk, client } = await iam(cloud);
      const { OpenIDConnectProviderList = [] } = await client.send(new sdk.ListOpenIDConnectProvidersCommand({}));
      return only(OpenIDConnectProviderList.map(({ Arn }) => Arn));
    },
    async tags(cloud, OpenIDConnectProviderArn) {
      const { sdk, client } = await iam(cloud);
      const asked = new sdk.ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn });
      const page = await client.send(asked).catch(gone);
      return page && tagMap(page.Tags);
    },
  },
  {
    kind: "aws:lambda/eventSourceMapping:EventSourceMapping",
    async list(cloud) {
      const { sdk, client } = await lambda(cloud);
      return pages(async (Marker) => {
        const page = await client.send(new sdk.ListEventSourceMappingsCommand({ Marker }));
        return { items: only((page.EventSourceMappings ?? []).map(({ UUID }) => UUID)), from: page.NextMarker };
      });
    },
    tags: async () => ({}),
  },
];

/** AWS makes and keeps these itself. */
const ofAws = (id: string): boolean => /^AWSServiceRoleFor|^AWSReservedSSO_|\/aws-reserved\//.test(id);

/** Sorted by kind and id. Faults: credentials, and any list that could not be read. */
export async function scan(cloud: Cloud): Promise<Unowned[]> {
  const owned = new Set<string>();
  for (const stack of await stackNames(cloud)) {
    const { deployment } = (await sealedExport(cloud, stack)) as {
      deployment: { resources?: { type: string; id?: string }[] };
    };
    for (const { type, id } of deployment.resources ?? []) owned.add(`${type} ${id}`);
  }
  const found: Unowned[] = [];
  await guarded(cloud, () =>
    eachOf([...sources, ...more], async ({ kind, list, tags }) => {
      const ids = (await list(cloud)).filter((id) => !owned.has(`${kind} ${id}`) && !ofAws(id));
      await eachOf(ids, async (id) => {
        const own = await tags(cloud, id);
        if (own && own["freehold:cloud"] === undefined) found.push({ kind, id });
      });
    }),
  );
  return found.sort((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1));
}
