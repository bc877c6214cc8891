/** A program under Pulumi's mocks: what it would make, without an engine or a cloud. */
import * as pulumi from "@pulumi/pulumi";

export interface Made {
  type: string;
  name: string;
  inputs: any;
}

/** Outputs of resources are what such resources answer; ARNs are `arn:NAME`. */
export async function synthesise(
  program: () => Promise<Record<string, unknown>>,
): Promise<{ made: Made[]; outputs: any }> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        made.push({ type, name, inputs });
        return {
          id: `${name}-id`,
          state: { ...inputs, arn: `arn:${name}`, functionUrl: "https://x.lambda-url.eu-west-1.on.aws/" },
        };
      },
      call: () => ({}),
    },
    "freehold-app-counter",
    "home",
    false,
  );
  const outputs = await program();
  const settled = await new Promise((done) => pulumi.output(outputs).apply(done));
  await pulumi.runtime.disconnect();
  return { made, outputs: settled };
}
