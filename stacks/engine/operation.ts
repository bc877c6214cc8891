/**
 * up, preview, refresh, destroy: opens the stack, runs the deployment, folds its journal, tells what happened. The
 * four differ in what they run between opening and closing, not in how.
 */
import { availableParallelism } from "node:os";
import { type CommandLine, flag, isSet, parallelOf } from "./cli.ts";
import { withBuiltins } from "./deployment/builtin.ts";
import { deleteUnclaimed, excludeProtected } from "./deployment/deletes.ts";
import { Deployment, type DeploymentSettings } from "./deployment/deployment.ts";
import { Executor } from "./deployment/execute.ts";
import { clearPendingCreates, recover, warnOfPending } from "./deployment/recover.ts";
import { refreshAll } from "./deployment/refresh.ts";
import { register } from "./deployment/register.ts";
import { ProviderRegistry } from "./deployment/registry.ts";
import type { Targets } from "./deployment/targets.ts";
import { Bail, CommandFailure, Diagnosis, messageOf } from "./diagnosis.ts";
import { outputLines } from "./display.ts";
import { Events, openTarget } from "./events.ts";
import { engineService } from "./monitor/engine-service.ts";
import { refuseDeleteHooks } from "./monitor/hooks.ts";
import { runProgram } from "./monitor/host.ts";
import { overGrpc } from "./monitor/services.ts";
import { type Asked, readAsked } from "./plans/asked.ts";
import type { ProjectPlugin } from "./plugins/find.ts";
import { PluginHost } from "./plugins/host.ts";
import type { Session } from "./session.ts";
import type { ConfigValue, StackRef, Update, UpdateKind } from "./state/index.ts";
import type { Snapshot } from "./state/resource.ts";
import { rootStackType } from "./values/urn.ts";

const kinds: { [command: string]: UpdateKind } = {
  up: "update",
  refresh: "refresh",
  destroy: "destroy",
  import: "resource-import",
};

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
  asked: Asked;
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
  if (!preview) refuseUnasked(session);
  const ref = await session.stack();
  const manager = await session.begunSecrets(ref);
  const config = await session.configuration(ref, manager);
  const asked = await readAsked(session, ref, manager);
  // A third of a second on another thread, and less than the ways to where state is, when that is far.
  if (!preview && session.backend.isFar) manager?.ready().catch(() => undefined);
  const { plugins } = await session.project();
  const update = preview ? undefined : await session.backend.openUpdate(ref, kinds[line.command]!, manager);
  const base = update?.base ?? (await session.snapshot(ref, manager));
  // An update of what is there may have nothing to do, and then meets no secret: its first change waits for the key.
  const mayBeIdle = preview || (line.command === "up" && base.resources.length > 0);
  if (!mayBeIdle) manager?.ready().catch(() => undefined);
  const target = openTarget(flag(line, "--event-log"));
  const refreshing = line.command === "refresh";
  const events = new Events({
    target,
    print: session.init.out,
    clock,
    preview,
    refreshing,
    debug: isSet(line, "--debug"),
    diff: isSet(line, "--diff"),
  });
  const run = makeRun(session, { ref, preview, parallel, events, base, update, config, plugins, asked });
  let result: "succeeded" | "failed" | "canceled" = "failed";
  try {
    session.init.out(`${heading(line, preview)} (${ref.stack}):\n`);
    events.prelude(
      Object.fromEntries(Object.entries(config).map(([key, { value, secret }]) => [key, secret ? "[secret]" : value])),
    );
    for (const message of update?.notes ?? []) events.diagnostic({ severity: "warning", message });
    result = await carryOut(run);
    if (result === "succeeded" && !isSet(line, "--suppress-outputs")) session.init.out(outputText(run));
  } finally {
    await finish(run, update, result, session, ref);
  }
  conclude(run, result);
  await run.asked.write(run.deployment);
}

/** Nobody is asked here: a command that changes things has to say that it is meant. */
function refuseUnasked({ init: { line, env } }: Session): void {
  const meant = isSet(line, "--yes") || isSet(line, "--skip-preview") || env["PULUMI_SKIP_CONFIRMATIONS"] === "true";
  if (meant) return;
  throw new CommandFailure(
    "usage",
    "--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode",
  );
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
    asked: Asked;
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
  const factory = withBuiltins(plugins.over(providers), session, () => clock.uuid());
  const continueOnError = isSet(line, "--continue-on-error");
  const executor = new Executor({ clock, events, journal: init.update?.journal, parallel, signal, continueOnError });
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
    root: session.init.cwd,
    mode: line.command === "refresh" || line.command === "destroy" ? line.command : "update",
    refreshAsRegistered: isSet(line, "--run-program") && isRefresh(line) && line.command !== "destroy",
  };
  const deployment = new Deployment(settings, executor, new ProviderRegistry(factory), init.base, clock.seed());
  deployment.registerProvider = (goal) => register(deployment, goal);
  init.asked.watch(deployment);
  return { session, line, ref, preview, parallel, events, executor, deployment, plugins, asked: init.asked };
}

function heading(line: CommandLine, preview: boolean): string {
  const words: { [command: string]: string } = {
    up: "Updating",
    preview: "Previewing update",
    refresh: "Refreshing",
    destroy: "Destroying",
    import: "Importing",
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
    run.asked.check(deployment);
  } catch (cause) {
    executor.fail(cause);
  } finally {
    await executor.drain();
    session.init.signal.removeEventListener("abort", onAbort);
    await deployment.registry.close();
    await run.plugins.close();
  }
  await deployment.rootOutputs?.();
  deployment.settleRenames();
  const result = session.init.signal.aborted ? "canceled" : deployment.failed ? "failed" : "succeeded";
  if (result !== "succeeded" && !(executor.broken && result === "failed"))
    run.events.problem(`${run.preview ? "preview" : "update"} ${result}`);
  return result;
}

async function phases(run: Run): Promise<void> {
  const { line, deployment: d, executor } = run;
  const asRegistered = d.settings.refreshAsRegistered === true;
  const program = !onlyState(line) || isSet(line, "--run-program");
  if (onlyState(line)) findNamed(d);
  const last = leaveProtected(run);
  if (last === "nothing") return;
  warnOfPending(d);
  if (isSet(line, "--clear-pending-creates")) clearPendingCreates(d);
  if (!run.preview) await recover(d);
  if (isRefresh(line) && !asRegistered) {
    run.session.init.out("refreshing...\n");
    await refreshAll(d);
  }
  if (line.command === "import") return run.asked.importInto(d);
  if (executor.stopped || (line.command === "refresh" && !program)) return;
  missing(d, d.named.replaces);
  if (d.events.hasFailures) return executor.stop("failed");
  const afterwards = async (): Promise<void> => {
    missing(d, d.named.targets);
    await (d.mode === "refresh" ? refreshAll(d) : deleteUnclaimed(d));
  };
  const { program: served, version } = run.session.init;
  const source = { client: flag(line, "--client"), program: served, version };
  if (program) await runProgram(d, source, run.parallel, afterwards);
  else {
    refuseDeleteHooks(executor, d.olds.values());
    await deleteUnclaimed(d);
  }
  if (last && !d.failed) run.session.init.out(last);
}

/** Commands that go by the state alone, unless they are told to run the program. */
function onlyState(line: CommandLine): boolean {
  return line.command === "refresh" || line.command === "destroy";
}

function isRefresh(line: CommandLine): boolean {
  return line.command === "refresh" || isSet(line, "--refresh");
}

/** What to say at the end of it; "nothing" when everything is protected. */
function leaveProtected({ line, deployment, session }: Run): string | undefined {
  if (!isSet(line, "--exclude-protected")) return undefined;
  if (deployment.settings.targets.length > 0)
    throw new Diagnosis("you cannot specify --target and --exclude-protected");
  const { kept, others } = excludeProtected(deployment);
  const text = `There are still ${kept} protected resources associated with this stack.\n`;
  if (kept > 0 && others) return `All unprotected resources were destroyed. ${text}`;
  if (kept === 0) return undefined;
  session.init.out(`There were no unprotected resources to destroy. ${text}`);
  return "nothing";
}

/** Where no program can register it any more, what is named has to be there. */
function findNamed(d: Deployment): void {
  for (const urn of [...d.named.targets.named, ...d.named.excludes.named])
    if (!d.has(urn)) throw new Diagnosis(`no resource named '${urn}' found`);
}

function missing(d: Deployment, { named }: Targets): void {
  for (const urn of named) {
    if (d.has(urn) || d.goals.has(urn)) continue;
    d.executor.broken = true;
    const hint = urn.includes("$") ? "" : " Did you forget to escape $ in your shell?";
    d.events.problem(`Target '${urn}' could not be found in the stack.${hint}`);
  }
}

async function finish(
  run: Run,
  update: Update | undefined,
  result: "succeeded" | "failed" | "canceled",
  session: Session,
  ref: StackRef,
): Promise<void> {
  const { events, executor } = run;
  executor.end();
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

/** Of what runs the program; masked. */
function outputText({ deployment, line }: Run): string {
  if (line.command !== "up" && line.command !== "preview") return "";
  const root = [...deployment.news.values()].find(({ type }) => type === rootStackType);
  return outputLines(root?.outputs ?? {});
}

/** Looking is no change. */
const unchanging = new Set(["same", "read", "read-replacement", "discard"]);

function conclude(run: Run, result: "succeeded" | "failed" | "canceled"): void {
  const word = run.preview ? "preview" : (kinds[run.line.command] ?? run.line.command);
  if (result === "canceled") throw new CommandFailure("canceled", `${word} canceled`);
  if (result === "failed") throw new Diagnosis(`${word} failed`);
  const changed = Object.keys(run.events.changes).some((op) => !unchanging.has(op));
  if (changed && isSet(run.line, "--expect-no-changes"))
    throw new CommandFailure("changes", `no changes were expected for ${word} but changes were proposed`);
}
