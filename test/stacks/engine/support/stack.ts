/** A stack of its own for a test, driven through the real Automation API. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type EngineEvent, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { embeddedEngine } from "../../../../stacks/engine/index.ts";
import { saltStack } from "./salt.ts";
import type { TestWorld } from "./test-provider.ts";

export class Thing extends pulumi.CustomResource {
  declare readonly arn: pulumi.Output<string>;
  declare readonly value: pulumi.Output<any>;
  declare readonly secretOut: pulumi.Output<string>;
  constructor(name: string, args: { [key: string]: any } = {}, options?: pulumi.CustomResourceOptions) {
    super(
      "test:index:Thing",
      name,
      { arn: undefined, value: undefined, secretOut: undefined, ...args },
      { version: "1.0.0", ...options },
    );
  }
}

export class Group extends pulumi.ComponentResource {
  constructor(name: string, options?: pulumi.ComponentResourceOptions) {
    super("test:index:Group", name, {}, options);
    this.registerOutputs({ grouped: name });
  }
}

export class TestPackage extends pulumi.ProviderResource {
  constructor(name: string, args: { [key: string]: any } = {}, options?: pulumi.ResourceOptions) {
    super("test", name, args, options);
  }
}

export interface Driven {
  stack: Stack;
  dir: string;
  /** What the next operation runs. */
  program: (next: () => Promise<any>) => void;
  /** One operation: its resourceChanges, events, and the error it threw. */
  run: (op: "up" | "preview" | "refresh" | "destroy", options?: any) => Promise<Ran>;
}

export interface Ran {
  changes: { [op: string]: number } | undefined;
  events: EngineEvent[];
  error: Error | undefined;
  stdout: string;
}

export async function drive(
  world: TestWorld,
  dir = mkdtempSync(join(tmpdir(), "engine-")),
  stackName = "dev",
): Promise<Driven> {
  let current: () => Promise<any> = async () => undefined;
  saltStack(dir, stackName);
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName, projectName: "proj", program: () => current() },
    {
      workDir: dir,
      pulumiCommand: embeddedEngine({ providers: (pkg, version) => world.provider(pkg, version) }),
      envVars: { PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "p", PULUMI_HOME: join(dir, "home") },
    },
  );
  const run: Driven["run"] = async (op, options = {}) => {
    const events: EngineEvent[] = [];
    const call = (stack as any)[op].bind(stack) as (o: any) => Promise<{ stdout: string }>;
    const outcome = await call({ ...options, onEvent: (event: EngineEvent) => events.push(event) }).then(
      ({ stdout }) => ({ stdout, error: undefined }),
      (error: Error) => ({ stdout: "", error }),
    );
    return {
      ...outcome,
      events,
      changes: events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges as any,
    };
  };
  return {
    stack,
    dir,
    program: (next) => {
      current = next;
    },
    run,
  };
}
