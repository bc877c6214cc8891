/** A program under Pulumi's mocks: what it would make, without an engine or a cloud. */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { digestFiles } from "../../blueprints/digest.ts";
import { filesBelow } from "../../blueprints/files.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import type { AppInput } from "../../stacks/app.ts";

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
  // The SDK takes a stack trace for every promise it makes: more than half of what a synthesis costs.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await synthesised(program, made);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function synthesised(
  program: () => Promise<Record<string, unknown>>,
  made: Made[],
): Promise<{ made: Made[]; outputs: any }> {
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

export const where = {
  cloud: "home",
  target: "local",
  region: "eu-west-1",
  accountId: "123456789012",
  port: 4780,
} as const;

/** What the program of an app is made from: the blueprint in a folder, in a cloud called `home`. */
export async function appInput(dir: string, change: Partial<AppInput> = {}): Promise<AppInput> {
  const blueprint = await loadBlueprint(dir);
  const codeDigests: Record<string, string> = {};
  for (const [name, { code }] of Object.entries(blueprint.manifest.functions))
    codeDigests[name] = await digestFiles(filesBelow(code, blueprint.files));
  return {
    ...where,
    app: "counter",
    blueprint,
    codeDigests,
    gateDigest: "sha256:gate",
    gateDir: join(dir, "api"),
    settings: { greeting: "Hello" },
    owner: ["arn:aws:iam::123456789012:root"],
    foundation: {
      signinFunction: "home--foundation--signin",
      signinArn: "arn:aws:lambda:eu-west-1:123456789012:function:home--foundation--signin",
      signinUrl: "http://signin--home.localhost:4780/",
      accessTable: "home--foundation--access",
      boundaryArn: "arn:boundary",
    },
    attach: new Map(),
    ...change,
  };
}
