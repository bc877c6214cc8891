/**
 * up, preview, refresh, destroy: opens the stack, runs the deployment, folds its journal, tells what happened. The
 * four differ in what they run between opening and closing, not in how.
 */
import { availableParallelism } from "node:os";
import { withBuiltins } from "./builtin.ts";
import { type CommandLine, flag, isSet, parallelOf } from "./cli.ts";
import { deleteUnclaimed } from "./deletes.ts";
import { Deployment, type DeploymentSettings } from "./deployment.ts";
import { Bail, Diagnosis, messageOf } from "./diagnosis.ts";
import { engineService } from "./engine-service.ts";
import { Events, openTarget } from "./events.ts";
import { Executor } from "./execute.ts";
import { refuseDeleteHooks } from "./hooks.ts";
import { runProgram } from "./host.ts";
import type { ProjectPlugin } from "./plugins/find.ts";
import { PluginHost } from "./plugins/host.ts";
import { clearPendingCreates, recover, warnOfPending } from "./recover.ts";
import { refreshAll } from "./refresh.ts";
import { register } from "./register.ts";
import { ProviderRegistry } from "./registry.ts";
import { overGrpc } from "./services.ts";
import type { Session } from "./session.ts";
import type { ConfigValue, StackRef, Update, UpdateKind } from "./state/index.ts";
import type { Snapshot } from "./state/resource.ts";

const kinds: { [command: string]: UpdateKind } = { up: "update", refresh: "refresh", destroy: "destroy" };

interface Run {
  session: Session;
  line: CommandLine;
  ref: StackRef;
  preview: boolean;
  parallel: number;
  events: Events;
  executor: Executor;
  deployment: Deployment;
  plugins: PluginHost;
}

function packageConfig(config: { [key: string]: ConfigValue }, pkg: string): { [key: string]: string } {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${pkg}:`));
  return Object.fromEntries(own.map(([key, { value }]) => [key.slice(pkg.length + 1), value]));
}

/** Ends normally or throws Diagnosis with what goes to stderr. */
export async function operate(session: Session): Promise<void> {
  const { line, clock } = session.init;
  const preview = line.command === "preview" || isSet(line, "--preview-only");
  const parallel = parallelOf(line, availableParallelism() * 16);
  if (flag(line, "--plan") !== undefined)
    throw new Diagnosis(`open ${flag(line, "--plan")}: update plans are not supported by this engine`);
  refuseProgram(line);
  const ref = await session.stack();
  const manager = await session.secrets(ref);
  const config = await session.configuration(ref, manager);
  const { plugins } = await session.project();
  const update = preview ? undefined : await session.backend.openUpdate(ref, kinds[line.command]!, manager);
  const base = update?.base ?? (await session.backend.load(ref)).snapshot(manager);
  const events = new Events({ target: openTarget(flag(line, "--event-log")), print: session.init.out, clock, preview });
  const run = makeRun(session, { ref, preview, parallel, events, base, update, config, plugins });
  let result: "succeeded" | "failed" | "canceled" = "failed";
  try {
    session.init.out(`${heading(line, preview)} (${ref.stack}):\n`);
    events.prelude(
      Object.fromEntries(Object.entries(config).map(([key, { value, secret }]) => [key, secret ? "[secret]" : value])),
    );
    for (const message of update?.notes ?? []) events.diagnostic({ severity: "warning", message });
    result = await carryOut(run);
  } finally {
    await finish(run, update, result, session, ref);
  }
  conclude(run, result);
}

/** Where the program would only be run to see what its providers are configured with now. */
function refuseProgram(line: CommandLine): void {
  if (!isSet(line, "--run-program")) return;
  const what = line.command === "up" || line.command === "preview" ? `${line.command} --refresh` : line.command;
  if (what === line.command || isSet(line, "--refresh"))
    throw new Diagnosis(`${what} --run-program is not supported by this engine; leave --run-program out`);
}

function makeRun(
  session: Session,
  init: {
    ref: StackRef;
    preview: boolean;
    parallel: number;
    events: Events;
    base: Snapshot;
    update?: Update;
    config: { [key: string]: ConfigValue };
    plugins: readonly ProjectPlugin[];
  },
): Run {
  const { line, clock, providers, signal } = session.init;
  const { ref, preview, parallel, events } = init;
  const plugins = new PluginHost({
    env: session.init.env,
    home: session.home,
    root: session.init.cwd,
    project: ref.project,
    projectPlugins: init.plugins,
    configOf: (pkg) => packageConfig(init.config, pkg),
    warn: (message) => events.diagnostic({ severity: "warning", message }),
    engine: () => overGrpc(engineService(deployment, session.init.version)),
  });
  const factory = withBuiltins(plugins.over(providers), (name) => session.outputsOf(name));
  const executor = new Executor({ clock, events, journal: init.update?.journal, parallel, signal });
  const list = (name: string): string[] => line.flags[name] ?? [];
  const settings: DeploymentSettings = {
    stack: ref.stack,
    project: ref.project,
    organization: ref.organization,
    preview,
    config: init.config,
    targets: list("--target"),
    excludes: list("--exclude"),
    replaces: list("--replace"),
    targetDependents: isSet(line, "--target-dependents"),
    excludeDependents: isSet(line, "--exclude-dependents"),
    excludeProtected: isSet(line, "--exclude-protected"),
    root: session.init.cwd,
  };
  const deployment = new Deployment(settings, executor, new ProviderRegistry(factory), init.base, clock.seed());
  deployment.registerProvider = (goal) => register(deployment, goal);
  return { session, line, ref, preview, parallel, events, executor, deployment, plugins };
}

function heading(line: CommandLine, preview: boolean): string {
  const words: { [command: string]: string } = {
    up: "Updating",
    preview: "Previewing update",
    refresh: "Refreshing",
    destroy: "Destroying",
  };
  const word = words[line.command] ?? line.command;
  return preview && line.command !== "preview" ? `Previewing ${line.command}` : word;
}

async function carryOut(run: Run): Promise<"succeeded" | "failed" | "canceled"> {
  const { executor, deployment, session } = run;
  const onAbort = (): void => {
    executor.cancel();
    void deployment.registry.cancel();
  };
  session.init.signal.addEventListener("abort", onAbort, { once: true });
  if (session.init.signal.aborted) onAbort();
  try {
    await phases(run);
  } catch (cause) {
    executor.fail(cause);
  } finally {
    await executor.drain();
    session.init.signal.removeEventListener("abort", onAbort);
    await deployment.registry.close();
    await run.plugins.close();
  }
  if (session.init.signal.aborted) return "canceled";
  return executor.stopped || run.events.hasErrors ? "failed" : "succeeded";
}

async function phases(run: Run): Promise<void> {
  const { line, deployment, executor } = run;
  checkTargets(deployment);
  warnOfPending(deployment);
  if (isSet(line, "--clear-pending-creates")) clearPendingCreates(deployment);
  if (!run.preview) await recover(deployment);
  if (line.command === "refresh" || isSet(line, "--refresh")) {
    run.session.init.out("refreshing...\n");
    await refreshAll(deployment);
    if (line.command !== "refresh") for (const op of Object.keys(run.events.changes)) delete run.events.changes[op];
  }
  if (line.command === "refresh" || executor.stopped) return;
  if (line.command === "destroy") {
    refuseDeleteHooks(executor, deployment.olds.values());
    return deleteUnclaimed(deployment);
  }
  const source = {
    client: flag(line, "--client"),
    program: run.session.init.program,
    version: run.session.init.version,
  };
  await runProgram(deployment, source, run.parallel, () => deleteUnclaimed(deployment));
}

function checkTargets(d: Deployment): void {
  for (const urn of d.settings.targets)
    if (!urn.includes("*") && !urn.startsWith("urn:pulumi:")) throw new Diagnosis(`invalid target URN '${urn}'`);
}

async function finish(
  run: Run,
  update: Update | undefined,
  result: "succeeded" | "failed" | "canceled",
  session: Session,
  ref: StackRef,
): Promise<void> {
  const { events, executor } = run;
  try {
    const stored = (await session.settings(ref)).stored();
    const message = flag(session.init.line, "--message") ?? "";
    const agent = flag(session.init.line, "--exec-agent");
    const environment = {
      "exec.kind": flag(session.init.line, "--exec-kind") ?? "",
      ...(agent ? { "exec.agent": agent } : {}),
    };
    await update?.finish({
      result: result === "succeeded" ? "succeeded" : "failed",
      resourceChanges: events.changes,
      config: stored,
      message,
      environment,
    });
  } catch (cause) {
    events.diagnostic({ severity: "error", message: messageOf(cause) });
    throw cause instanceof Bail ? new Diagnosis("the state could not be written") : cause;
  } finally {
    events.summary(result, executor.maybeCorrupt);
    await events.end();
  }
}

/** Looking is no change. */
const unchanging = new Set(["same", "read", "read-replacement", "discard"]);

function conclude(run: Run, result: "succeeded" | "failed" | "canceled"): void {
  const word = run.preview ? "preview" : (kinds[run.line.command] ?? run.line.command);
  if (result === "canceled") throw new Diagnosis(`${word} canceled`);
  if (result === "failed") throw new Diagnosis(`${word} failed`);
  const changed = Object.keys(run.events.changes).some((op) => !unchanging.has(op));
  if (changed && isSet(run.line, "--expect-no-changes"))
    throw new Diagnosis(`no changes were expected but changes were ${run.preview ? "proposed" : "made"}`);
}
