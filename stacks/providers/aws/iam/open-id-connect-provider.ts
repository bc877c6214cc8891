/** aws:iam/openIdConnectProvider:OpenIdConnectProvider: an issuer whose tokens roles may trust. Its id is its ARN. */
import type { PropertyMap } from "../../../engine/value.ts";
import { list, set, text } from "../schema.ts";
import { type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { type Call, compact, type ResourceType, str, strs } from "../type.ts";
import { alone, iam, orMissing } from "./calls.ts";

export const openIdConnectProvider: ResourceType = {
  token: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
  global: true,
  properties: {
    url: text({ required: true, replaces: true }),
    clientIdLists: set(text(), { required: true }),
    // AWS looks the issuer's certificate up where none is named.
    thumbprintLists: list(text(), { computed: true }),
  },
  outputs: ["arn"],
  taggable: true,
  identity: (inputs) => bare(str(inputs, "url")),
  exists: ["EntityAlreadyExists"],
  locate: async (call) => {
    const { accountId, arn } = await call.session.caller(call.context);
    return `arn:${arn.split(":")[1] || "aws"}:iam::${accountId}:oidc-provider/${bare(str(call.inputs, "url"))}`;
  },
  create: async (call) => {
    const { inputs } = call;
    call.label = bare(str(inputs, "url"));
    const tags = tagList(inputs["tagsAll"] as PropertyMap | undefined);
    const answer = await (await iam(call)).createOpenIDConnectProvider({
      Url: str(inputs, "url"),
      ClientIDList: strs(inputs, "clientIdLists"),
      ThumbprintList: strs(inputs, "thumbprintLists"),
      Tags: tags.length > 0 ? tags : undefined,
    });
    return answer.OpenIDConnectProviderArn!;
  },
  aspects: [
    { of: ["clientIdLists"], sync: syncClients },
    { of: ["thumbprintLists"], sync: syncThumbprints },
    { of: ["tagsAll"], sync: syncProviderTags },
  ],
  observe: async (call) => {
    const live = await orMissing((await iam(call)).getOpenIDConnectProvider({ OpenIDConnectProviderArn: call.id }));
    if (!live) return undefined;
    const said = str(call.inputs, "url");
    return {
      inputs: compact({
        // IAM answers it without the scheme.
        url: bare(said) === live.Url ? said : `https://${live.Url}`,
        clientIdLists: live.ClientIDList,
        thumbprintLists: live.ThumbprintList,
        tagsAll: tagMap(live.Tags),
      }),
      outputs: { arn: call.id },
    };
  },
  remove: async (call) => {
    await orMissing((await iam(call)).deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: call.id }));
  },
};

const bare = (url = ""): string => url.replace(/^https?:\/\//, "").replace(/\/$/, "");

async function syncClients(call: Call): Promise<void> {
  const client = await iam(call);
  const [wanted, before] = [strs(call.inputs, "clientIdLists") ?? [], strs(call.olds, "clientIdLists") ?? []];
  const OpenIDConnectProviderArn = call.id;
  for (const ClientID of wanted.filter((id) => !before.includes(id)))
    await alone(call, () => client.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID }));
  for (const ClientID of before.filter((id) => !wanted.includes(id)))
    await alone(call, () => client.removeClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID }));
}

async function syncThumbprints(call: Call): Promise<void> {
  const ThumbprintList = strs(call.inputs, "thumbprintLists") ?? [];
  const request = { OpenIDConnectProviderArn: call.id, ThumbprintList };
  await (await iam(call)).updateOpenIDConnectProviderThumbprint(request);
}

async function syncProviderTags(call: Call): Promise<void> {
  const client = await iam(call);
  const OpenIDConnectProviderArn = call.id;
  const live = await client.listOpenIDConnectProviderTags({ OpenIDConnectProviderArn, MaxItems: 100 });
  const { set: added, remove: TagKeys } = tagChanges(tagMap(live.Tags), call.inputs["tagsAll"] as Tags);
  if (TagKeys.length > 0) await client.untagOpenIDConnectProvider({ OpenIDConnectProviderArn, TagKeys });
  if (Object.keys(added).length > 0)
    await client.tagOpenIDConnectProvider({ OpenIDConnectProviderArn, Tags: tagList(added) });
}
