/**
 * Credentials as AWS's tools find them, for every part of a process: the engine's state, the provider and our own clients look
 * at the same places, and one that renews a sign-in makes what the others hold worthless. So they take turns, and whoever
 * comes second finds what the first one renewed. Holds no credentials itself.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface Place {
  profile?: string | undefined;
  /** Of the shared credentials file, and of the shared configuration file. */
  filepath?: string | undefined;
  configFilepath?: string | undefined;
  /** Of whoever is asked in between, STS above all; IAM Identity Center is in the region that its profile says. */
  region?: string | undefined;
}

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

export type Finds = (options?: { callerClientConfig?: { region(): Promise<string> } }) => Promise<Keys>;

export interface Chain extends Finds {
  /** To the SDK: what was found is remembered here, and a client that kept it, too, would not learn of others. */
  readonly memoized: true;
  /** Counts how often it was looked again. */
  readonly generation: number;
  /** Looks again, past what it and the SDK's reader of files remember; not where somebody did since the one that `failed`. */
  renew(failed: number): void;
}

const chains = new Map<string, Chain>();
const turns = new Map<string, Promise<unknown>>();

const usualFile = (name: string): string => join(homedir(), ".aws", name);

/** One chain for each place: a program that gives keys is run, and a token exchanged, once and not with every client. */
export function signedIn(said: Place): Chain {
  // Some say where the files usually are, and others nothing: both are one place, and take turns.
  const { filepath = usualFile("credentials"), configFilepath = usualFile("config"), ...rest } = said;
  const place: Place = { ...rest, filepath, configFilepath };
  const key = JSON.stringify([place.profile, filepath, configFilepath, place.region]);
  let chain = chains.get(key);
  if (!chain) {
    chain = renewable(place);
    chains.set(key, chain);
  }
  return chain;
}

function renewable(place: Place): Chain {
  let generation = 0;
  let finds: Promise<Finds> | undefined;
  const find: Finds = async (options) => {
    finds ??= found(place, generation > 0);
    return (await finds)(options);
  };
  const renew = (failed: number): void => {
    if (failed !== generation) return;
    generation++;
    finds = undefined;
  };
  return Object.defineProperty(Object.assign(find, { memoized: true as const, renew }), "generation", {
    get: () => generation,
  }) as unknown as Chain;
}

const nothing = (): void => undefined;
/** Of a profile whose role wants a code with every use: asked for by its factor's name. What it opens is kept by nobody here. */
export async function signedInByCode(
  place: Place,
  mfaCodeProvider: (serial: string) => Promise<string>,
): Promise<Keys> {
  return (await found(place, true, { mfaCodeProvider }))();
}

/** Otherwise it warns on stderr of keys in the environment that a named profile comes before, which is what was wanted. */
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

async function found(
  { region, ...place }: Place,
  ignoreCache: boolean,
  more: { mfaCodeProvider?: (serial: string) => Promise<string> } = {},
): Promise<Finds> {
  const { fromNodeProviderChain } = await import("./sdk.ts");
  const given = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
  const chain = fromNodeProviderChain({
    ...given,
    ...more,
    ...(place.profile ? { logger: silent } : {}),
    ...(ignoreCache ? { ignoreCache } : {}),
    // A region given as `clientConfig` would also be asked for IAM Identity Center.
    ...(region === undefined ? {} : { parentClientConfig: { region: async () => region } }),
  }) as Finds;
  const turn = JSON.stringify([place.profile, place.filepath, place.configFilepath]);
  return (options) => inTurn(turn, () => patient(() => chain(options)));
}

async function inTurn<T>(key: string, ask: () => Promise<T>): Promise<T> {
  const before = turns.get(key);
  const mine = before ? before.then(ask, ask) : ask();
  turns.set(key, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(key) === mine) turns.delete(key);
  }
}

const renewedMeanwhileMs = 500;

/**
 * Another command may have renewed the same `aws login` at this moment: its refresh token is good once. What it was given lies
 * in the file then.
 */
async function patient(ask: () => Promise<Keys>): Promise<Keys> {
  try {
    return await ask();
  } catch (error) {
    if (!/please reauthenticate/i.test((error as Error).message)) throw error;
    await pause(renewedMeanwhileMs);
    return ask();
  }
}
