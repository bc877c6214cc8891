/** A stack whose program is a function of the test that talks to the engine's services without gRPC or SDK. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import resourcePb, { type RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb.js";
import { embeddedEngine, type Program, type ProgramRun } from "../../../../stacks/engine/index.ts";
import type { ProviderFactory } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";
import { encodeStruct } from "../../../../stacks/engine/values/wire.ts";
import { saltStack } from "./salt.ts";

export interface Outcome {
  /** What went to standard error; undefined when all went well. */
  error: string | undefined;
  stdout: string;
  events: EngineEvent[];
}

export interface InProcessStack {
  dir: string;
  run(command: "up" | "preview" | "refresh" | "destroy", program?: Program, flags?: string[]): Promise<Outcome>;
  /** The engine's own command line. */
  command(args: string[]): Promise<string>;
  /** Resources of the checkpoint, as its JSON has them. */
  resources(): any[];
}

export async function inProcessStack(
  providers: ProviderFactory,
  options: { config?: string; signal?: AbortSignal; dir?: string } = {},
): Promise<InProcessStack> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "monitor-"));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "Pulumi.yaml"), "name: proj\nruntime: nodejs\n");
  saltStack(dir);
  const environment = {
    PULUMI_BACKEND_URL: `file://${dir}`,
    PULUMI_CONFIG_PASSPHRASE: "p",
    PULUMI_HOME: join(dir, "home"),
  };
  const silent: Program = async () => undefined;
  const command = async (args: string[], program: Program = silent): Promise<string> => {
    const engine = embeddedEngine({ providers, program, environment });
    return (await engine.run([...args, "--stack", "dev"], dir, {}, undefined, undefined, options.signal)).stdout;
  };
  await embeddedEngine({ providers, environment }).run(["stack", "init", "dev"], dir, {});
  if (options.config) {
    const file = join(dir, "Pulumi.dev.yaml");
    writeFileSync(file, `${readFileSync(file, "utf8").trimEnd()}\nconfig:\n${options.config}`);
  }
  const log = join(dir, "events.jsonl");
  return {
    dir,
    command: (args) => command(args),
    run: async (name, program, flags = []) => {
      rmSync(log, { force: true });
      const yes = name === "preview" ? [] : ["--yes", "--skip-preview"];
      const outcome = await command([name, ...yes, ...flags, "--event-log", log], program).then(
        (stdout) => ({ stdout, error: undefined }),
        (cause: Error) => ({ stdout: "", error: cause.message }),
      );
      const lines = readFileSync(log, "utf8").split("\n").filter(Boolean);
      return { ...outcome, events: lines.map((line) => JSON.parse(line) as EngineEvent) };
    },
    resources: () =>
      JSON.parse(readFileSync(join(dir, ".pulumi", "stacks", "proj", "dev.json"), "utf8")).checkpoint.latest
        ?.resources ?? [],
  };
}

export interface Registration {
  type?: string;
  custom?: boolean;
  parent?: string;
  inputs?: PropertyMap;
  dependencies?: string[];
  /** Anything else of the message. */
  set?: (request: InstanceType<typeof resourcePb.RegisterResourceRequest>) => void;
}

export function registration(name: string, asked: Registration = {}) {
  const request = new resourcePb.RegisterResourceRequest();
  request.setName(name);
  request.setType(asked.type ?? "test:index:Thing");
  request.setCustom(asked.custom ?? true);
  request.setParent(asked.parent ?? "");
  request.setObject(encodeStruct(asked.inputs ?? {}, { secrets: true }));
  request.setDependenciesList(asked.dependencies ?? []);
  request.setAcceptsecrets(true);
  request.setAcceptresources(true);
  request.setSupportspartialvalues(true);
  request.setSupportsresultreporting(true);
  request.setAliasspecs(true);
  if (asked.custom ?? true) request.setVersion("1.0.0");
  asked.set?.(request);
  return request;
}

export function register(run: ProgramRun, name: string, asked?: Registration): Promise<RegisterResourceResponse> {
  return run.monitor.registerResource(registration(name, asked));
}

/** Without the line that every failed operation ends with. */
export function diagnostics(events: EngineEvent[], severity: string): string[] {
  return events
    .flatMap((event) => (event.diagnosticEvent?.severity === severity ? [event.diagnosticEvent.message] : []))
    .map((message) => message.trim())
    .filter((message) => !/^(update|preview|refresh|destroy) failed$/.test(message));
}
