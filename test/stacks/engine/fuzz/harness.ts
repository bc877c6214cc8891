/**
 * Plays one scenario against an engine and has the model judge it: operation after operation in a folder of its own,
 * with the cloud of world.ts. The engine is given as a module, so that a copy with a mistake in it can be played, too.
 */
import fs from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { allSynced, copyFolder, type FileOp, filesBelow, ownerIsDead, setWatch, watchHandles } from "./cuts.ts";
import {
  abandon,
  type Checkpoint,
  type Decrypt,
  decrypter,
  idle,
  integrity,
  judge,
  knownWell,
  leftOnPurpose,
  type Observed,
  parseCheckpoint,
  shown,
  tracked,
} from "./model.ts";
import { apply, choose, newProgram, type Program, rootUrn, unprotect, urnOf } from "./program.ts";
import type { Crash, Operation, Scenario, Step } from "./scenario.ts";
import { type Monitor, runProgram, type Sent } from "./sdk.ts";
import { type EngineClasses, Operator, type Plan, World } from "./world.ts";

const passphrase = "correct horse";

export interface Engine extends EngineClasses {
  embeddedEngine(options: object): { run: Run };
  continuesOnError: boolean;
}

type Run = (
  args: string[],
  cwd: string,
  env: Record<string, string>,
  onOutput?: (text: string) => void,
  onError?: (text: string) => void,
  signal?: AbortSignal,
) => Promise<{ stdout: string }>;

/** `dir` is an engine's source folder. */
export async function loadEngine(dir: string): Promise<Engine> {
  const load = (file: string): Promise<any> => import(pathToFileURL(join(dir, file)).href);
  const [index, value, provider] = await Promise.all([load("index.ts"), load("value.ts"), load("provider.ts")]);
  const engine = {
    embeddedEngine: index.embeddedEngine,
    unknown: value.unknown,
    PartialFailure: provider.PartialFailure,
  };
  const text = fs.readFileSync(join(dir, "cli.ts"), "utf8");
  await watchHandles();
  return { ...engine, continuesOnError: !/"--continue-on-error": "refused"/.test(text) };
}

export interface Tally {
  operations: number;
  crashes: number;
  cancellations: number;
  faults: number;
  resources: number[];
}

export class Violation extends Error {
  readonly wrong: string[];
  constructor(where: string, wrong: string[], history: string[]) {
    super(
      `${where}:\n${wrong.map((line) => `  - ${line}`).join("\n")}\nhistory:\n${history.map((line) => `  ${line}`).join("\n")}`,
    );
    this.name = "Violation";
    this.wrong = wrong;
  }
}

const environment = (dir: string): Record<string, string> => ({
  PULUMI_BACKEND_URL: `file://${dir}`,
  PULUMI_CONFIG_PASSPHRASE: passphrase,
  PULUMI_HOME: join(dir, "home"),
});

/** A folder with an empty stack in it, made once and copied for each scenario. */
export async function makeTemplate(engine: Engine, dir: string): Promise<void> {
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(join(dir, "Pulumi.yaml"), "name: proj\nruntime: nodejs\n");
  await engine
    .embeddedEngine({ providers: () => undefined, environment: environment(dir) })
    .run(["stack", "init", "dev"], dir, {});
}

/** Throws Violation when something does not hold. */
export async function play(
  engine: Engine,
  scenario: Scenario,
  where: { template: string; scratch: string },
  tally: Tally,
): Promise<void> {
  const life = new Life(engine, scenario, where, tally);
  try {
    await life.run();
  } finally {
    life.end();
  }
}

let folders = 0;
const calm: Step = { edits: [], drift: [], faults: [], operation: { op: "up", parallel: 8, sequential: false } };

class Life {
  private readonly engine: Engine;
  private readonly scenario: Scenario;
  private readonly scratch: string;
  private readonly tally: Tally;
  private readonly world = new World();
  private readonly program: Program;
  private readonly decrypt: Decrypt;
  private readonly history: string[] = [];
  private dir: string;
  /** A dead process's journal lies there, which no operation has taken in yet. */
  private unfolded = false;
  /** Operations that were cut off since one came to its end. */
  private cut: Observed[] = [];

  constructor(engine: Engine, scenario: Scenario, where: { template: string; scratch: string }, tally: Tally) {
    this.engine = engine;
    this.scenario = scenario;
    this.scratch = where.scratch;
    this.tally = tally;
    this.program = newProgram(scenario.drafts);
    this.dir = this.freshFolder();
    copyFolder(where.template, this.dir, false);
    const salt = /encryptionsalt: "?([^"\n]+)/.exec(fs.readFileSync(join(this.dir, "Pulumi.dev.yaml"), "utf8"))?.[1];
    this.decrypt = decrypter(passphrase, salt!);
  }

  async run(): Promise<void> {
    this.tally.resources.push(this.program.specs.length);
    for (const step of this.scenario.steps) await this.step(step);
    await this.converge();
  }

  end(): void {
    setWatch(undefined);
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  private freshFolder(): string {
    return join(this.scratch, `life-${process.pid}-${folders++}`);
  }

  private async step(step: Step): Promise<void> {
    for (const edit of step.edits) apply(this.program, edit);
    this.forgetImports();
    for (const { pick, how } of step.drift) this.drift(pick, how);
    await this.operate(step);
  }

  /** What is gone cannot be imported: it is made like anything else from now on. */
  private forgetImports(): void {
    for (const spec of this.program.specs) {
      if (!spec.importing || this.world.items.has(spec.foreign!) || !this.world.known.has(spec.foreign!)) continue;
      spec.importing = undefined;
      spec.foreign = undefined;
    }
  }

  private drift(pick: number, how: "value" | "gone"): void {
    const item = choose(
      [...this.world.items.values()].filter(({ foreign }) => !foreign),
      pick,
    );
    if (!item) return;
    this.history.push(`drift: ${item.id} ${how}`);
    if (how === "gone") this.world.remove(item.id);
    else {
      item.inputs = { ...item.inputs, value: 100 + pick };
      item.revision++;
      this.world.unheard.add(item.id);
      this.world.half.add(item.id);
    }
  }

  /** When nothing goes wrong any more, the program comes true, stays so, and goes without a trace. */
  private async converge(): Promise<void> {
    unprotect(this.program);
    this.forgetImports();
    await this.unprotectState();
    const dangling = this.checkpoint().resources.some(
      ({ id, custom, type }) => custom && id && !type.startsWith("pulumi:providers:") && !this.world.items.has(id),
    );
    const up: Operation = { ...calm.operation, ...(dangling || this.unfolded ? { refresh: true } : {}) };
    // What containers that stayed have kept is found by its name, one after the other, and taken over by the next run.
    for (let tries = this.world.items.size; ; tries--) {
      const first = await this.operate({ ...calm, operation: up });
      if (first.error === undefined) break;
      const found = errorsOf(first).some((message) => message.startsWith("AlreadyExists: fixed-"));
      if (!found || tries <= 0) this.report("the undisturbed up", [first.error, ...errorsOf(first)]);
    }
    const again = await this.mustGoWell(calm);
    this.report("the same again", idle(again));
    await this.mustGoWell({ ...calm, operation: { ...calm.operation, op: "destroy" } });
    const texts = filesBelow(this.dir).map((file): [string, string] => [file, fs.readFileSync(file, "utf8")]);
    this.report("at the end", shown(texts));
  }

  private async mustGoWell(step: Step): Promise<Observed> {
    const observed = await this.operate(step);
    if (observed.error !== undefined)
      this.report(`the undisturbed ${step.operation.op}`, [observed.error, ...errorsOf(observed)]);
    return observed;
  }

  /** What a person does who wants to be rid of it: export, take the mark off, import. */
  private async unprotectState(): Promise<void> {
    if (!this.unfolded && !this.checkpoint().resources.some(({ protect }) => protect)) return;
    const file = join(this.dir, "exported.json");
    // A dead process's journal is taken in by any operation; this one changes nothing else.
    if (this.unfolded) await this.operate({ ...calm, operation: { ...calm.operation, op: "refresh", targets: [] } });
    await this.command(["stack", "export", "--file", file, "--stack", "dev"]);
    const exported = JSON.parse(fs.readFileSync(file, "utf8"));
    for (const resource of exported.deployment.resources ?? []) delete resource.protect;
    fs.writeFileSync(file, JSON.stringify(exported));
    await this.command(["stack", "import", "--file", file, "--stack", "dev"]);
    fs.rmSync(file);
  }

  private async command(args: string[]): Promise<void> {
    const { embeddedEngine } = this.engine;
    await embeddedEngine({ providers: () => undefined, environment: environment(this.dir) }).run(args, this.dir, {});
  }

  private checkpoint(): Checkpoint {
    return parseCheckpoint(fs.readFileSync(join(this.dir, ".pulumi/stacks/proj/dev.json"), "utf8"));
  }

  private report(where: string, wrong: string[]): void {
    if (wrong.length > 0) throw new Violation(where, wrong, this.history);
  }

  /** One operation, judged. */
  private async operate(step: Step): Promise<Observed> {
    const run = new OperationRun(
      this.engine,
      this.world,
      this.program,
      step,
      this.dir,
      this.freshFolder(),
      this.unfolded,
      this.cut,
    );
    this.history.push(run.title);
    this.tally.operations++;
    await run.execute();
    this.history.push(
      `  -> ${run.crashed ? "crashed" : (run.error ?? "well").trim().split("\n").at(-1)}; ${run.world.calls
        .map(({ op, urn, id }) => (op === "configure" ? "" : `${op} ${urn.split("::").at(-1)}${id ? `=${id}` : ""}`))
        .filter(Boolean)
        .join(", ")}`,
    );
    this.tally.faults += run.faultsFired;
    if (run.canceled) this.tally.cancellations++;
    this.report(`while ${run.title}`, run.wrong);
    if (run.crashed) {
      this.tally.crashes++;
      fs.rmSync(this.dir, { recursive: true, force: true });
      this.dir = run.successor;
      ownerIsDead(this.dir);
      this.unfolded = true;
      this.report(`after ${run.title}`, shown(this.texts()));
      const cut = run.observed(this.checkpoint());
      // Whether that has been written down, nobody knows.
      if (step.operation.clearPending) abandon(cut.before, this.world);
      this.cut.push(cut);
      return cut;
    }
    const after = this.checkpoint();
    const observed = run.observed(after);
    // One that fails before it has begun has looked at none of this.
    tracked(after, this.world, (item) => this.cut.some((o) => leftOnPurpose(o, item)));
    if (step.operation.clearPending) abandon(observed.before, this.world);
    const looksOnly = step.operation.op === "preview";
    if (looksOnly && this.unfolded) return observed;
    if (!looksOnly) {
      this.unfolded = false;
      this.cut = [];
    }
    // Read again, what was interrupted is what is there.
    const read = step.operation.op === "refresh" || step.operation.refresh;
    if (read && observed.quiet && !observed.error && observed.targets.length + observed.excludes.length === 0)
      this.world.interrupted.clear();
    if (read) for (const id of knownWell(after, this.world, this.decrypt)) this.world.interrupted.delete(id);
    this.report(`after ${run.title}`, [
      ...judge(observed, this.decrypt),
      ...shown([...this.texts(), ["the output", run.output]]),
      ...this.leftovers(),
    ]);
    return observed;
  }

  /** What an operation leaves on disk besides state. */
  private leftovers(): string[] {
    const files = filesBelow(join(this.dir, ".pulumi"));
    return files
      .filter((file) => /\/locks\/.*\.json$|\.journal$|\.tmp$/.test(file) && !/\/(backups|history)\//.test(file))
      .map((file) => `${file.slice(this.dir.length + 1)} is left over`);
  }

  private texts(): [string, string][] {
    const names = [".pulumi/stacks/proj/dev.json", ".pulumi/journals/proj/dev.journal", "events.jsonl"];
    return names.flatMap((name): [string, string][] => {
      const file = join(this.dir, name);
      return fs.existsSync(file) ? [[name, fs.readFileSync(file, "utf8")]] : [];
    });
  }
}

const errorsOf = ({ events }: Observed): string[] =>
  events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" ? [String(diagnosticEvent.message).trim()] : [],
  );

/** Silent for ever, as an SDK is whose engine has gone. */
const silence = new Promise<never>(() => undefined);

class OperationRun {
  readonly title: string;
  readonly wrong: string[] = [];
  readonly successor: string;
  readonly world: World;
  crashed = false;
  canceled = false;
  faultsFired = 0;
  private unclear = false;
  error: string | undefined;
  output = "";
  private readonly engine: Engine;
  private readonly program: Program;
  private readonly step: Step;
  private readonly dir: string;
  private readonly unfolded: boolean;
  private readonly cut: readonly Observed[];
  private readonly sent = new Map<string, Sent>();
  private readonly abort = new AbortController();
  private readonly operator: Operator;
  private readonly chosen: { targets: string[]; excludes: string[]; replaces: string[] };
  private before: Checkpoint;
  private readonly itemsBefore: ReturnType<World["copy"]>;

  constructor(
    engine: Engine,
    world: World,
    program: Program,
    step: Step,
    dir: string,
    successor: string,
    unfolded: boolean,
    cut: readonly Observed[],
  ) {
    this.cut = cut;
    this.engine = engine;
    this.world = world;
    this.program = structuredClone(program);
    this.step = step;
    this.dir = dir;
    this.successor = successor;
    this.unfolded = unfolded;
    this.before = this.checkpoint();
    this.chosen = this.choose();
    for (const { foreign, type } of program.specs)
      if (foreign && !world.known.has(foreign)) world.foreign(foreign, type);
    this.itemsBefore = world.copy();
    world.calls = [];
    const plan: Plan = { faults: step.faults, crash: step.crash, cancel: step.cancel };
    this.operator = new Operator(world, engine, plan, {
      crash: () => this.crash(step.crash!),
      cancel: () => this.cancel(),
      begins: () => this.begins(),
      fault: (unclear) => {
        this.faultsFired++;
        this.unclear ||= unclear;
      },
    });
    this.title = `${this.arguments().join(" ")}${step.crash ? ` crash=${JSON.stringify(step.crash)}` : ""}${step.cancel ? ` cancel=${JSON.stringify(step.cancel)}` : ""}${step.faults.length > 0 ? ` faults=${JSON.stringify(step.faults)}` : ""}`;
  }

  async execute(): Promise<void> {
    const { embeddedEngine } = this.engine;
    const log = join(this.dir, "events.jsonl");
    fs.rmSync(log, { force: true });
    allSynced(join(this.dir, ".pulumi"));
    this.watchFiles();
    const engine = embeddedEngine({
      providers: (pkg: string, version: string | undefined) => this.operator.provider(pkg, version),
      program: (run: { monitor: Monitor }) => this.runProgram(run.monitor),
      environment: environment(this.dir),
    });
    const collect = (text: string): void => {
      this.output += text;
    };
    const args = [...this.arguments(), "--event-log", log, "--stack", "dev"];
    const run = engine.run(args, this.dir, {}, collect, collect, this.abort.signal);
    try {
      await within(run, 30_000);
    } catch (cause) {
      if (cause instanceof Hang) this.wrong.push("it does not end");
      this.error = (cause as Error).message;
    } finally {
      setWatch(undefined);
    }
    // Whether a delete that was interrupted has been done is all that is looked for then.
    const deleting = new Set(
      this.before.pending.flatMap(({ type, resource }) => (type === "deleting" ? [resource.id] : [])),
    );
    if (!this.crashed && this.step.operation.op !== "preview")
      for (const id of this.operator.told) if (!deleting.has(id)) this.world.unheard.delete(id);
    // Which of these had reached the disk when the process ended, nobody knows.
    if (this.crashed)
      for (const { op, id } of this.world.calls)
        if (op === "update" && id !== undefined) {
          this.world.unheard.add(id);
          this.world.half.add(id);
        }
    // What is cut off never tells: its events, its error and its end are nobody's.
    if (this.crashed) this.error = undefined;
  }

  observed(after: Checkpoint): Observed {
    const log = join(this.dir, "events.jsonl");
    const text = !this.crashed && fs.existsSync(log) ? fs.readFileSync(log, "utf8") : "";
    return {
      operation: this.step.operation,
      program: this.program,
      ...this.chosen,
      sent: this.sent,
      before: this.before,
      after,
      itemsBefore: this.itemsBefore,
      world: this.world,
      calls: this.world.calls,
      events: text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
      error: this.error,
      unclear: this.crashed || this.canceled || this.unclear || (this.unfolded && !this.begun),
      quiet: !this.crashed && !this.canceled && this.faultsFired === 0,
    };
  }

  private checkpoint(): Checkpoint {
    return parseCheckpoint(fs.readFileSync(join(this.dir, ".pulumi/stacks/proj/dev.json"), "utf8"));
  }

  /** Numbers become URNs of what there is, in the program or in the state. */
  private choose(): { targets: string[]; excludes: string[]; replaces: string[] } {
    const { op, targets, excludes, replaces } = this.step.operation;
    const urns = this.program.specs.map((spec) => urnOf(this.program, spec));
    for (const { urn } of this.before.resources) if (!urns.includes(urn)) urns.push(urn);
    const open = urns.filter((urn) => urn !== rootUrn && !urn.includes("pulumi:providers:"));
    const some = (picks: number[] | undefined): string[] => [
      ...new Set((picks ?? []).flatMap((pick) => choose(open, pick) ?? [])),
    ];
    const targeted = some(targets);
    return {
      targets: targeted,
      excludes: targeted.length > 0 ? [] : some(excludes),
      replaces: op === "up" || op === "preview" ? some(replaces) : [],
    };
  }

  private arguments(): string[] {
    const { operation } = this.step;
    const { op } = operation;
    const yes = op === "preview" ? [] : ["--yes", "--skip-preview"];
    const list = (flag: string, urns: string[]): string[] => urns.flatMap((urn) => [flag, urn]);
    const also = (flag: string, on: boolean | undefined): string[] => (on ? [flag] : []);
    const { targets, excludes, replaces } = this.chosen;
    return [
      op,
      ...yes,
      "--parallel",
      String(operation.parallel),
      ...also("--refresh", operation.refresh && op !== "refresh"),
      ...list("--target", targets),
      ...also("--target-dependents", operation.targetDependents && targets.length > 0),
      ...list("--exclude", excludes),
      ...also("--exclude-dependents", operation.excludeDependents && excludes.length > 0),
      ...list("--replace", replaces),
      ...also("--exclude-protected", operation.excludeProtected && op === "destroy"),
      ...also(
        "--continue-on-error",
        operation.continueOnError && op !== "refresh" && op !== "preview" && this.engine.continuesOnError,
      ),
      ...also("--clear-pending-creates", operation.clearPending && op === "refresh"),
    ];
  }

  private async runProgram(monitor: Monitor): Promise<void> {
    this.begins();
    const { sequential, throwsAfter } = this.step.operation;
    try {
      await runProgram(monitor, { program: this.program, sequential, throwsAfter, sent: this.sent });
    } catch (cause) {
      if ((cause as { code?: number }).code === 14) return silence;
      throw cause;
    }
  }

  private begun = false;
  /** By now what a dead process left is in the checkpoint. */
  private begins(): void {
    if (this.begun || this.crashed) return;
    this.begun = true;
    if (this.step.operation.op === "preview" && this.unfolded) return;
    this.before = this.checkpoint();
    this.wrong.push(
      ...integrity(this.before).map((what) => `taken over: ${what}`),
      ...tracked(this.before, this.world, (item) => this.cut.some((o) => leftOnPurpose(o, item))).map(
        (what) => `taken over: ${what}`,
      ),
    );
  }

  private cancel(): void {
    this.canceled = true;
    this.abort.abort();
  }

  private crash(crash: Crash, cut?: { path: string; bytes: number }): void {
    if (this.crashed) return;
    setWatch(undefined);
    this.crashed = true;
    this.operator.alive = false;
    copyFolder(this.dir, this.successor, crash.drop, cut);
    this.abort.abort();
  }

  private watchFiles(): void {
    const { crash } = this.step;
    let n = 0;
    const at = crash?.at === "file" ? crash : undefined;
    const inside = join(this.dir, ".pulumi");
    const reached = (): boolean => at !== undefined && n++ === at.n;
    const die = (cut?: { path: string; bytes: number }): never => {
      this.crash(at!, cut);
      throw new Error("the process is gone");
    };
    let due = false;
    setWatch({
      dir: inside,
      before: () => {
        due = reached();
        if (due && at!.when === "before") die();
      },
      after: (op: FileOp) => {
        if (!due) return;
        due = false;
        die(at!.when === "torn" && op.bytes > 0 ? { path: op.path, bytes: Math.ceil(op.bytes / 2) } : undefined);
      },
    });
  }
}

class Hang extends Error {}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Hang(`no end after ${ms} ms`)), ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
