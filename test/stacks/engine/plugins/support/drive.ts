/** A stack on our engine whose providers are plugins, found where the test puts them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type EngineEvent, LocalWorkspace, type OutputMap, type Stack } from "@pulumi/pulumi/automation/index.js";
import { onTestFinished } from "vitest";
import { embeddedEngine, type ProviderFactory } from "../../../../../stacks/engine/index.ts";
import { saltStack } from "../../support/salt.ts";

const child = join(import.meta.dirname, "plugin-child.ts");

/** An executable that runs the test plugin in this Node. */
export function writePlugin(folder: string, name = "pulumi-resource-test", script = child): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!${process.execPath}\nprocess.argv[1] = __filename;\nimport(${JSON.stringify(script)});\n`);
  chmodSync(file, 0o755);
  return file;
}

export function tempFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "plugins-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

export interface Ran {
  changes: { [op: string]: number };
  events: EngineEvent[];
  error: Error | undefined;
  stdout: string;
  outputs: OutputMap | undefined;
}

export interface Driven {
  stack: Stack;
  dir: string;
  run: (op: "up" | "preview" | "refresh" | "destroy", program?: () => Promise<any>, options?: object) => Promise<Ran>;
}

export async function driveWith(
  env: { [name: string]: string },
  providers: ProviderFactory = () => undefined,
  dir = tempFolder(),
): Promise<Driven> {
  let current: () => Promise<any> = async () => undefined;
  saltStack(dir);
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "dev", projectName: "proj", program: () => current() },
    {
      workDir: dir,
      pulumiCommand: embeddedEngine({ providers }),
      envVars: {
        PULUMI_BACKEND_URL: `file://${dir}`,
        PULUMI_CONFIG_PASSPHRASE: "p",
        PULUMI_HOME: join(dir, "home"),
        PATH: dirname(process.execPath),
        ...env,
      },
    },
  );
  const run: Driven["run"] = async (op, program, options = {}) => {
    if (program) current = program;
    const events: EngineEvent[] = [];
    const call = (stack as any)[op].bind(stack) as (o: any) => Promise<{ stdout: string; outputs?: OutputMap }>;
    const outcome = await call({ ...options, onEvent: (event: EngineEvent) => events.push(event) }).then(
      ({ stdout, outputs }) => ({ stdout, outputs, error: undefined }),
      (error: Error) => ({ stdout: "", outputs: undefined, error }),
    );
    const summary = events.find((event) => event.summaryEvent)?.summaryEvent;
    return { ...outcome, events, changes: (summary?.resourceChanges ?? {}) as Ran["changes"] };
  };
  return { stack, dir, run };
}

export function diagnostics(ran: Ran, severity?: string): string[] {
  return ran.events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent && (!severity || diagnosticEvent.severity === severity) ? [diagnosticEvent.message] : [],
  );
}
