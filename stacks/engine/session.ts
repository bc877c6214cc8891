/** One call of the engine: its command line, folder, environment, and what is opened of state because of them. */
import { homedir } from "node:os";
import { join } from "node:path";
import { type CommandLine, flag } from "./cli.ts";
import type { Clock } from "./clock.ts";
import { Diagnosis } from "./diagnosis.ts";
import type { Program } from "./host.ts";
import type { ProviderFactory } from "./provider.ts";
import {
  type Backend,
  openBackend,
  type ProjectSettings,
  parseRef,
  passphraseManager,
  readPassphrase,
  readProject,
  type SecretsManager,
  type StackRef,
  StackSettings,
  selectedStack,
  selectStack,
} from "./state/index.ts";
import { rootStackType } from "./urn.ts";
import type { PropertyMap } from "./value.ts";

export interface SessionInit {
  line: CommandLine;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  providers: ProviderFactory;
  /** Runs in this process, instead of the one behind `--client`. */
  program?: Program;
  version: string;
  out: (text: string) => void;
  /** To standard error. */
  warn: (text: string) => void;
  signal: AbortSignal;
}

export class Session {
  readonly init: SessionInit;
  readonly backend: Backend;
  private projectRead: Promise<ProjectSettings> | undefined;

  constructor(init: SessionInit) {
    this.init = init;
    const home = homedir();
    const url = init.env["PULUMI_BACKEND_URL"] ?? `file://${home}`;
    this.backend = openBackend(url.startsWith("file://~") ? `file://${home}${url.slice("file://~".length)}` : url, {
      clock: init.clock,
    });
  }

  get home(): string {
    return this.init.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  }

  project(): Promise<ProjectSettings> {
    this.projectRead ??= readProject(this.init.cwd);
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
      throw new Diagnosis("no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one");
    const ref = await this.ref(chosen);
    if (!(await this.backend.exists(ref))) throw new Diagnosis(`no stack named '${ref.stack}' found`);
    return ref;
  }

  /** What a stack of this backend has as outputs, secrets wrapped; undefined when there is no such stack. */
  async outputsOf(name: string): Promise<PropertyMap | undefined> {
    const ref = await this.ref(name);
    if (!(await this.backend.exists(ref))) return undefined;
    const loaded = await this.backend.load(ref);
    const salt = loaded.secretsProvider?.state.salt;
    const passphrase = salt === undefined ? undefined : await readPassphrase(this.init.env);
    const manager = passphrase === undefined ? undefined : await passphraseManager(passphrase, salt);
    const { resources } = loaded.snapshot(manager);
    return resources.find((state) => state.type === rootStackType && !state.delete)?.outputs ?? {};
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
    return StackSettings.read(await this.project(), ref.stack, flag(this.init.line, "--config-file"));
  }

  /** The stack's secrets manager; made, and its salt written down, when there is none yet. */
  async secrets(ref: StackRef): Promise<SecretsManager | undefined> {
    const settings = await this.settings(ref);
    const stored = (await this.backend.exists(ref)) ? (await this.backend.load(ref)).secretsProvider : undefined;
    if (settings.secretsProvider && settings.secretsProvider !== "passphrase")
      throw new Diagnosis(
        `secrets provider '${settings.secretsProvider}' is not supported by this engine; it knows 'passphrase'`,
      );
    const passphrase = await readPassphrase(this.init.env);
    const salt = settings.encryptionSalt ?? stored?.state.salt;
    if (passphrase === undefined) {
      if (salt === undefined) return undefined;
      throw new Diagnosis(
        "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
      );
    }
    const manager = await passphraseManager(passphrase, salt);
    if (settings.encryptionSalt === undefined) {
      settings.encryptionSalt = manager.state.salt;
      await settings.save();
    }
    return manager;
  }
}
