/**
 * The address of a function that people come to: a function URL that is open to everybody, since the function itself asks
 * who comes; and on a local cloud a name of its own. Nothing else of a cloud has an address.
 */
import { FunctionUrl } from "@pulumi/aws/lambda/functionUrl.js";
import { Permission } from "@pulumi/aws/lambda/permission.js";
import { type Output, output } from "@pulumi/pulumi";
import { type Domain, hostsOf, toldHost } from "../domains.ts";
import { localHost } from "../names.ts";
import type { Context } from "./context.ts";
import type { LambdaComponent } from "./lambda.ts";
import { packedTags } from "./packed-tags.ts";

export interface AddressArgs {
  /** What the function is called among its stack's. */
  noun: string;
  /** The name before the cloud's in a local address. */
  site: string;
  invokeMode: "BUFFERED" | "RESPONSE_STREAM";
}

/** A tag of the function, by which the local cloud gives it its name. */
export function addressTags(context: Context, site: string): Record<string, string> {
  return context.target === "local" ? { "freehold:address": localHost(context.cloud, site) } : {};
}

/**
 * Tags of the function, by which sign-in knows where else people may be sent back to (`freehold:names`), and where they are
 * sent who come from nowhere (`freehold:name`): a name that nothing in DNS leads to yet is not that one.
 */
export function nameTags(domains: readonly Domain[] = []): Record<string, string> {
  const told = toldHost(domains);
  return {
    ...packedTags("freehold:names", hostsOf(domains)),
    ...(told === undefined ? {} : { "freehold:name": told }),
  };
}

/** With a slash at its end. AWS wants both grants for an address that is open. */
export function openAddress(context: Context, of: LambdaComponent, args: AddressArgs): Output<string> {
  const { noun, site, invokeMode } = args;
  const own = { parent: of };
  const functionName = of.lambda.name;
  const url = new FunctionUrl(noun, { functionName, authorizationType: "NONE", invokeMode }, own);
  new Permission(
    `${noun}-url`,
    {
      statementId: "address",
      action: "lambda:InvokeFunctionUrl",
      function: functionName,
      principal: "*",
      functionUrlAuthType: "NONE",
    },
    own,
  );
  new Permission(
    `${noun}-invoke`,
    {
      statementId: "address-invoke",
      action: "lambda:InvokeFunction",
      function: functionName,
      principal: "*",
      invokedViaFunctionUrl: true,
    },
    own,
  );
  if (context.target === "local") return output(`http://${localHost(context.cloud, site)}:${context.port}/`);
  return url.functionUrl.apply((address) => address.replace(/\/?$/, "/"));
}
