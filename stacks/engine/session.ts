/** One call of the engine: its command line, folder, environment, and what is opened of state because of them. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type CommandLine, flag } from "./cli.ts";
import type { Clock } from "./clock.ts";
import { CommandFailure, Diagnosis } from "./diagnosis.ts";
import type { Program } from "./monitor/host.ts";
import type { ProviderFactory } from "./provider.ts";
import {
  type Backend,
  type BackendMemory,
  type ConfigValue,
  currentLogin,
  holdsSecret,
  type LoadedCheckpoint,
  openBackend,
  openStoredSecrets,
  type ProjectSettings,
  parseRef,
  readProject,
  type SecretsManager,
  type StackRef,
  StackSettings,
  selectedStack,
  selectStack,
  stackSecrets,
} from "./state/index.ts";
import type { ResourceState, Snapshot } from "./state/resource.ts";
import type { PropertyMap } from "./value.ts";
import { rootStackType } from "./values/urn.ts";

export interface SessionInit {
  line: CommandLine;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  providers: ProviderFactory;
  /** Runs in this process, instead of the one behind `--client`. */
  program?: Program;
  version: string;
  memory?: BackendMemory | undefined;
  out: (text: string) => void;
  /** To standard error. */
  warn: (text: string) => void;
  signal: AbortSignal;
  readInput?: () => Promise<string>;
}

/** Changes of one settings file wait for each other: commands of this process may come at once. */
const changing = new Map<string, Promise<unknown>>();

export class Session {
  readonly init: SessionInit;
  readonly backend: Backend;
  private readonly projectRead: Promise<ProjectSettings>;

  private constructor(init: SessionInit, url: string, project: Promise<ProjectSettings>) {
    this.init = init;
    this.projectRead = project;
    this.backend = openBackend(url, { clock: init.clock, env: init.env, warn: init.warn }, init.memory);
  }

  /** State is where the environment says, else the project, else the last `pulumi login`, else the home folder. */
  static async open(init: SessionInit): Promise<Session> {
    const project = readProject(init.cwd);
    const ofProject = await project.then(
      ({ backendUrl }) => backendUrl,
      () => undefined,
    );
    const given = init.env["PULUMI_BACKEND_URL"] || ofProject || (await currentLogin(pulumiHome(init.env)));
    return new Session(init, backendUrl(given), project);
  }

  get home(): string {
    return pulumiHome(this.init.env);
  }

  /** Throws when there is no project here. */
  project(): Promise<ProjectSettings> {
    return this.projectRead;
  }

  async ref(name: string): Promise<StackRef> {
    return parseRef(name, name.split("/").length === 3 ? "" : (await this.project()).name);
  }

  /** The stack the command is about: named, or selected. Throws when it is not there. */
  async stack(name?: string): Promise<StackRef> {
    const { line } = this.init;
    const given = name ?? flag(line, "--stack") ?? flag(line, "-s");
    const chosen = given ?? (await selectedStack(this.home, await this.project(), this.backend.url));
    if (!chosen)
      throw new CommandFailure(
        "noStack",
        "no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one",
      );
    const ref = await this.ref(chosen);
    if (!(await this.backend.exists(ref))) throw new CommandFailure("noStack", `no stack named '${ref.stack}' found`);
    return ref;
  }

  /** The stack that was selected last, whatever the command names; undefined when there is none. */
  async selected(): Promise<StackRef | undefined> {
    const project = await this.project().catch(() => undefined);
    const name = project && (await selectedStack(this.home, project, this.backend.url));
    return name ? this.ref(name) : undefined;
  }

  /** What a stack of this backend has as outputs, secrets wrapped; undefined when there is no such stack. */
  async outputsOf(name: string): Promise<PropertyMap | undefined> {
    const resources = await this.resourcesOf(name);
    return resources && (resources.find((state) => state.type === rootStackType && !state.delete)?.outputs ?? {});
  }

  private async resourcesOf(name: string): Promise<ResourceState[] | undefined> {
    const ref = await this.ref(name);
    if (!(await this.backend.exists(ref))) return undefined;
    const loaded = await this.backend.load(ref);
    const manager = await openStoredSecrets(loaded.secretsProvider, this.init.env);
    return loaded.snapshot(manager).resources;
  }

  /** By URN: `type`, `id` and `outputs` of every resource, secrets wrapped; undefined when there is no such stack. */
  async resourceOutputsOf(name: string): Promise<PropertyMap | undefined> {
    const resources = (await this.resourcesOf(name))?.filter((state) => !state.delete);
    const shown = resources?.map(({ urn, type, id = "", outputs }) => [urn, { type, id, outputs }] as const);
    return shown && Object.fromEntries(shown);
  }

  async select(ref: StackRef | undefined): Promise<void> {
    await selectStack(
      this.home,
      await this.project(),
      this.backend.url,
      ref && `${ref.organization}/${ref.project}/${ref.stack}`,
    );
  }

  async settings(ref: StackRef): Promise<StackSettings> {
    const file = flag(this.init.line, "--config-file");
    return StackSettings.read(await this.project(), ref.stack, file && resolve(this.init.cwd, file));
  }

  /** Reads the stack's settings, lets `work` change them, and writes them back. */
  async changeSettings(ref: StackRef, work: (settings: StackSettings) => Promise<void>): Promise<void> {
    const { file } = await this.settings(ref);
    const before = changing.get(file) ?? Promise.resolve();
    const done = before.then(async () => {
      const settings = await this.settings(ref);
      await work(settings);
      await settings.save();
    });
    const settled = done.catch(() => undefined);
    changing.set(file, settled);
    settled.then(() => changing.get(file) === settled && changing.delete(file));
    return done;
  }

  /** The configuration of a deployment: throws when the project asks for more, or for what this engine does not do. */
  async configuration(ref: StackRef, manager: SecretsManager | undefined): Promise<{ [key: string]: ConfigValue }> {
    const settings = await this.settings(ref);
    if (settings.hasEnvironment)
      throw new Diagnosis(
        `${settings.file} imports environments, which this engine does not support: Pulumi ESC environments require the Pulumi Cloud backend; take 'environment' out of the file`,
      );
    if (holdsSecret(settings.stored())) await manager?.ready();
    return settings.validated(manager);
  }

  /** Of a stack about to be made. `type` is what `--secrets-provider` says. */
  async newSecrets(ref: StackRef, type: string | undefined): Promise<void> {
    if (type !== undefined && type !== "default" && type !== "passphrase" && !type.includes("://"))
      throw new Diagnosis(`unknown secrets provider type '${type}' (supported values: default,passphrase,awskms)`);
    const stored = await this.storedSecrets(ref);
    if (!(await stackSecrets(await this.settings(ref), stored, this.init.env, { asked: type })))
      throw new Diagnosis(
        "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
      );
  }

  /**
   * The stack's secrets manager; made, and what opens it written down, when there is none yet. With `changing`, that goes
   * into settings that their holder is about to write.
   */
  async secrets(ref: StackRef, changing?: StackSettings): Promise<SecretsManager | undefined> {
    const manager = await this.begunSecrets(ref, changing);
    await manager?.ready();
    return manager;
  }

  /** The same, without waiting for its key: for a deployment, which may meet no secret. */
  async begunSecrets(ref: StackRef, changing?: StackSettings): Promise<SecretsManager | undefined> {
    const stored = await this.storedSecrets(ref);
    return stackSecrets(changing ?? (await this.settings(ref)), stored, this.init.env, {
      unsaved: changing !== undefined,
    });
  }

  /** What the checkpoint holds; waits for the key when something in it is secret. */
  async snapshot(ref: StackRef, manager: SecretsManager | undefined): Promise<Snapshot> {
    const loaded = await this.backend.load(ref);
    if (loaded.holdsSecrets) await manager?.ready();
    return loaded.snapshot(manager);
  }

  private async storedSecrets(ref: StackRef): Promise<LoadedCheckpoint["secretsProvider"]> {
    return (await this.backend.exists(ref)) ? (await this.backend.load(ref)).secretsProvider : undefined;
  }
}

function pulumiHome(env: SessionInit["env"]): string {
  return env["PULUMI_HOME"] || join(homedir(), ".pulumi");
}

function backendUrl(given: string | undefined): string {
  if (!given) return `file://${homedir()}`;
  return given.startsWith("file://~") ? `file://${homedir()}${given.slice("file://~".length)}` : given;
}
