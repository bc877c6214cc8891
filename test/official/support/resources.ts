/** The resources the programs are made of, and their URNs. */
import * as pulumi from "@pulumi/pulumi";

type Args = { [key: string]: any };

function custom(type: string) {
  return class extends pulumi.CustomResource {
    declare readonly arn: pulumi.Output<string>;
    declare readonly value: pulumi.Output<any>;
    declare readonly token: pulumi.Output<any>;
    constructor(name: string, args: Args = {}, options?: pulumi.CustomResourceOptions) {
      const outputs = { arn: undefined, value: undefined, token: undefined };
      super(type, name, { ...outputs, ...args }, { version: "1.0.0", ...options });
    }
  };
}

export const Thing = custom("test:index:Thing");
export const Widget = custom("test:index:Widget");
/** Of another package, so that it has another provider. */
export const Other = custom("other:index:Thing");

export class Group extends pulumi.ComponentResource {
  constructor(name: string, args: Args = {}, options?: pulumi.ComponentResourceOptions) {
    super("test:index:Group", name, args, options);
  }
}

export class TestProvider extends pulumi.ProviderResource {
  constructor(name: string, args: Args = {}, options?: pulumi.ResourceOptions) {
    super("test", name, args, options);
  }
}

export class OtherProvider extends pulumi.ProviderResource {
  constructor(name: string, args: Args = {}, options?: pulumi.ResourceOptions) {
    super("other", name, args, options);
  }
}

export const urn = (name: string, type = "test:index:Thing"): string => `urn:pulumi:dev::proj::${type}::${name}`;
export const grouped = (name: string): string => urn(name, "test:index:Group$test:index:Thing");
