/** aws:apigatewayv2/apiMapping:ApiMapping: which stage of which API answers below a path of a domain name. */
import type { PropertyMap } from "../../../engine/value.ts";
import { problems } from "../errors.ts";
import { text } from "../schema.ts";
import { type Call, compact, type ResourceType, str } from "../type.ts";
import { alone, gateway, orMissing } from "./calls.ts";

const token = "aws:apigatewayv2/apiMapping:ApiMapping";

export const apiMapping: ResourceType = {
  token,
  properties: {
    apiId: text({ required: true }),
    domainName: text({ required: true, replaces: true }),
    stage: text({ required: true }),
    apiMappingKey: text(),
  },
  outputs: [],
  identity: ({ domainName, apiMappingKey }) =>
    typeof domainName === "string" ? `${domainName}/${String(apiMappingKey ?? "")}` : undefined,
  exists: ["ConflictException"],
  locate,
  create: async (call) => {
    call.label = `mapping of ${str(call.inputs, "domainName")}`;
    const client = await gateway(call);
    const of = { DomainName: str(call.inputs, "domainName") };
    return (await client.createApiMapping({ ...of, ...settings(call.inputs) })).ApiMappingId!;
  },
  aspects: [
    {
      of: ["apiId", "stage", "apiMappingKey"],
      sync: async (call) => {
        const client = await gateway(call);
        const of = placeOf(call);
        const wanted = settings(call.inputs);
        await alone(call, () =>
          client.updateApiMapping({ ...of, ...wanted, ApiMappingKey: wanted.ApiMappingKey ?? "" }),
        );
      },
    },
  ],
  observe,
  remove: async (call) => {
    const client = await gateway(call);
    await alone(call, () => orMissing(client.deleteApiMapping(placeOf(call))));
  },
};

function settings(inputs: PropertyMap) {
  return {
    ApiId: str(inputs, "apiId")!,
    Stage: str(inputs, "stage")!,
    ApiMappingKey: str(inputs, "apiMappingKey"),
  };
}

/** From the inputs, or on import from `ID/DOMAIN`. */
function placeOf(call: Call): { DomainName: string; ApiMappingId: string } {
  const said = str(call.inputs, "domainName");
  if (said) return { DomainName: said, ApiMappingId: call.id };
  const [ApiMappingId = "", DomainName] = call.id.split("/");
  if (!DomainName) throw problems.badImport(token, call.id, "MAPPING-ID/DOMAIN");
  return { DomainName, ApiMappingId };
}

async function locate(call: Call): Promise<string | undefined> {
  const client = await gateway(call);
  const { ApiMappingKey = "" } = settings(call.inputs);
  let NextToken: string | undefined;
  do {
    const page = await orMissing(client.getApiMappings({ DomainName: str(call.inputs, "domainName"), NextToken }));
    const found = page?.Items?.find((one) => (one.ApiMappingKey ?? "") === ApiMappingKey);
    if (found) return found.ApiMappingId;
    NextToken = page?.NextToken;
  } while (NextToken);
  return undefined;
}

async function observe(call: Call) {
  const place = placeOf(call);
  const live = await orMissing((await gateway(call)).getApiMapping(place));
  if (!live) return undefined;
  call.id = place.ApiMappingId;
  return {
    inputs: compact({
      apiId: live.ApiId,
      domainName: place.DomainName,
      stage: live.Stage,
      apiMappingKey: live.ApiMappingKey || undefined,
    }),
    outputs: {},
  };
}
