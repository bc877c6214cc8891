/**
 * aws:apigatewayv2/domainName:DomainName, a regional one. Where its DNS record has to point, AWS says with it. It is of
 * use once it is AVAILABLE, and API Gateway takes one deletion in half a minute: throttling is waited out (retries.ts).
 */
import type { DomainNameConfiguration } from "@aws-sdk/client-apigatewayv2";
import type { PropertyMap } from "../../../engine/value.ts";
import { until } from "../../kit/waiting.ts";
import { object, refusedAll, text } from "../schema.ts";
import { type Tags, tagMap } from "../tags.ts";
import { type Call, compact, type ResourceType, str, sub } from "../type.ts";
import { alone, arnOf, gateway, orMissing, syncTagsOf } from "./calls.ts";

export const domainName: ResourceType = {
  token: "aws:apigatewayv2/domainName:DomainName",
  properties: {
    domainName: text({ required: true, replaces: true }),
    domainNameConfiguration: object(
      {
        certificateArn: text({ required: true }),
        endpointType: text({ required: true, oneOf: ["REGIONAL"] }),
        securityPolicy: text({ required: true, oneOf: ["TLS_1_2"] }),
        ipAddressType: text({ default: "ipv4", oneOf: ["ipv4", "dualstack"] }),
        ownershipVerificationCertificateArn: text(),
        // Only AWS knows them.
        ...refusedAll("hostedZoneId targetDomainName"),
      },
      { required: true },
    ),
    ...refusedAll("mutualTlsAuthentication routingMode"),
  },
  outputs: ["apiMappingSelectionExpression", "arn", "domainNameConfiguration"],
  taggable: true,
  identity: (inputs) => str(inputs, "domainName"),
  exists: ["ConflictException"],
  create: async (call) => {
    call.label = str(call.inputs, "domainName")!;
    const client = await gateway(call);
    const DomainNameConfigurations = [configuration(call.inputs)];
    const Tags = call.inputs["tagsAll"] as Tags | undefined;
    await client.createDomainName({ DomainName: call.label, DomainNameConfigurations, Tags });
    call.id = call.label;
    await available(call);
    return call.id;
  },
  aspects: [
    {
      of: ["domainNameConfiguration"],
      sync: async (call) => {
        const client = await gateway(call);
        const DomainNameConfigurations = [configuration(call.inputs)];
        await alone(call, () => client.updateDomainName({ DomainName: call.id, DomainNameConfigurations }));
        await available(call);
      },
    },
    {
      of: ["tagsAll"],
      sync: async (call) => {
        const live = await (await gateway(call)).getDomainName({ DomainName: call.id });
        await syncTagsOf(call, arnOf(call, `/domainnames/${call.id}`), tagMap(live.Tags));
      },
    },
  ],
  observe,
  remove: async (call) => {
    const client = await gateway(call);
    await alone(call, () => orMissing(client.deleteDomainName({ DomainName: call.id })));
  },
};

function configuration(inputs: PropertyMap): DomainNameConfiguration {
  const said = sub(inputs, "domainNameConfiguration")!;
  return {
    CertificateArn: str(said, "certificateArn"),
    EndpointType: str(said, "endpointType") as "REGIONAL",
    SecurityPolicy: str(said, "securityPolicy") as "TLS_1_2",
    IpAddressType: str(said, "ipAddressType") as "ipv4" | undefined,
    OwnershipVerificationCertificateArn: str(said, "ownershipVerificationCertificateArn"),
  };
}

async function available(call: Call): Promise<void> {
  const client = await gateway(call);
  const wait = { what: `domain ${call.id} to be available`, seconds: 600 };
  await until(call.context, wait, async () => {
    const live = await orMissing(client.getDomainName({ DomainName: call.id }));
    const [first] = live?.DomainNameConfigurations ?? [];
    const status = first?.DomainNameStatus ?? "AVAILABLE";
    wait.what = `domain ${call.id} to be available (${first?.DomainNameStatusMessage || status})`;
    return first && status === "AVAILABLE" ? true : undefined;
  });
}

async function observe(call: Call) {
  const live = await orMissing((await gateway(call)).getDomainName({ DomainName: call.id }));
  const [first] = live?.DomainNameConfigurations ?? [];
  if (!live || !first) return undefined;
  const said = compact({
    certificateArn: first.CertificateArn,
    endpointType: first.EndpointType,
    securityPolicy: first.SecurityPolicy,
    ipAddressType: first.IpAddressType,
    ownershipVerificationCertificateArn: first.OwnershipVerificationCertificateArn,
  });
  const known = compact({ hostedZoneId: first.HostedZoneId, targetDomainName: first.ApiGatewayDomainName });
  return {
    inputs: compact({ domainName: live.DomainName, domainNameConfiguration: said, tagsAll: tagMap(live.Tags) }),
    outputs: {
      apiMappingSelectionExpression: live.ApiMappingSelectionExpression ?? "",
      arn: arnOf(call, `/domainnames/${call.id}`),
      domainNameConfiguration: { ...said, ...known },
    },
  };
}
