/**
 * Whose credentials a session signs with. They may change while a run is under way: a profile is signed in again, a
 * role's keys run out. Whenever they do, AWS is asked whose the new ones are before anything is signed with them.
 */
import { readFile } from "node:fs/promises";
import { type Chain, type Finds, type Keys, signedIn } from "../../sign-in/index.ts";
import type { Settings } from "./config.ts";
import { problems } from "./errors.ts";

export interface Caller {
  accountId: string;
  arn: string;
  userId: string;
}

type Ask = (identity: Keys) => Promise<Caller>;

export class Credentials {
  readonly #settings: Settings;
  readonly #region: string;
  readonly #ask: Ask;
  readonly #base: Keys | Chain;
  #chain: Promise<Keys | Finds>;
  #asked: { key: string; caller: Promise<Caller> } | undefined;
  /** The account the first answer named; every later one has to. */
  #account: string | undefined;
  #generation = 0;
  /** Of `base`, when keys were last taken from it: other parts of this process look again, too. */
  #taken = 0;

  /** `ask` asks AWS whose the given credentials are. */
  constructor(settings: Settings, region: string, ask: Ask) {
    this.#settings = settings;
    this.#region = region;
    this.#ask = ask;
    this.#base = baseOf(settings, region);
    this.#chain = withRoles(this.#base, settings, region);
  }

  /** Counts renewals: who failed with an older one need not renew again. */
  get generation(): number {
    return this.#generation;
  }

  /** For SDK clients, which ask again when what they have runs out. */
  readonly provide = async (): Promise<Keys> => {
    const chain = await this.#chain;
    if (typeof chain !== "function") return chain;
    const identity = await this.#resolved(chain);
    if (!this.#settings.skipAccountId) await this.#callerOf(identity);
    return identity;
  };

  /** Who they are; asked once for each set of them. */
  async caller(): Promise<Caller> {
    const chain = await this.#chain;
    return await this.#callerOf(typeof chain === "function" ? await this.#resolved(chain) : chain);
  }

  /**
   * Looks again where they come from, past what was cached. False when there is nowhere to look: keys given as they
   * are stay as they are.
   */
  renew(failed: number): boolean {
    if (failed !== this.#generation) return true;
    const base = this.#base;
    const found = typeof base === "function";
    if (!found && this.#settings.assumeRoles.length === 0) return false;
    if (found) base.renew(this.#taken);
    this.#generation++;
    this.#chain = withRoles(base, this.#settings, this.#region);
    return true;
  }

  #resolved(chain: Finds): Promise<Keys> {
    if (typeof this.#base === "function") this.#taken = this.#base.generation;
    return chain({ callerClientConfig: { region: async () => this.#region } });
  }

  async #callerOf(identity: Keys): Promise<Caller> {
    const key = `${identity.accessKeyId} ${identity.sessionToken ?? ""}`;
    if (this.#asked?.key !== key) this.#asked = { key, caller: this.#ask(identity) };
    const asked = this.#asked;
    try {
      const caller = await asked.caller;
      this.#account ??= caller.accountId;
      if (caller.accountId !== this.#account) throw problems.accountChanged(caller.accountId, this.#account);
      return caller;
    } catch (error) {
      if (this.#asked === asked) this.#asked = undefined;
      throw error;
    }
  }
}

/** Keys as they are, or where to find them. */
function baseOf(settings: Settings, region: string): Keys | Chain {
  const { accessKey, secretKey, token, profile, configFile, credentialsFile } = settings;
  if (accessKey && secretKey)
    return { accessKeyId: accessKey, secretAccessKey: secretKey, ...(token ? { sessionToken: token } : {}) };
  return signedIn({ profile, filepath: credentialsFile, configFilepath: configFile, region });
}

async function withRoles(base: Keys | Chain, settings: Settings, region: string): Promise<Keys | Finds> {
  if (settings.assumeRoles.length === 0) return base;
  const { fromTemporaryCredentials } = await import("../../sign-in/sdk.ts");
  const endpoint = settings.endpoints["sts"];
  return settings.assumeRoles.reduce<Keys | Finds>(
    (masterCredentials, role) =>
      fromTemporaryCredentials({
        masterCredentials,
        params: {
          RoleArn: role.roleArn,
          RoleSessionName: role.sessionName ?? "freehold",
          ExternalId: role.externalId,
          Policy: role.policy,
        },
        clientConfig: { region, ...(endpoint ? { endpoint } : {}) },
      }) as Finds,
    base,
  );
}

/** The region of the profile in the shared configuration file; its INI has one level that matters here. */
export async function regionOfProfile(settings: Settings): Promise<string | undefined> {
  if (!settings.configFile) return undefined;
  const section = settings.profile && settings.profile !== "default" ? `profile ${settings.profile}` : "default";
  const contents = await readFile(settings.configFile, "utf8").catch(() => "");
  let here = false;
  for (const line of contents.split(/\r?\n/)) {
    const head = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (head !== undefined) here = head === section;
    else if (here && /^region\s*=/.test(line)) return line.slice(line.indexOf("=") + 1).trim() || undefined;
  }
  return undefined;
}
