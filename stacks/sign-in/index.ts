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

export type Chain = (options?: { callerClientConfig?: { region(): Promise<string> } }) => Promise<Keys>;

const chains = new Map<string, Promise<Chain>>();
const turns = new Map<string, Promise<unknown>>();

const usualFile = (name: string): string => join(homedir(), ".aws", name);

/**
 * One chain for each place: a program that gives keys is run, and a token exchanged, once and not with every client.
 * `afresh`: past what the chain and the SDK's reader of files remember, for this one and all who ask later.
 */
export function signedIn(said: Place, o: { afresh?: boolean } = {}): Promise<Chain> {
  // Some say where the files usually are, and others nothing: both are one place, and take turns.
  const { filepath = usualFile("credentials"), configFilepath = usualFile("config"), ...rest } = said;
  const place: Place = { ...rest, filepath, configFilepath };
  const key = JSON.stringify([place.profile, filepath, configFilepath, place.region]);
  const known = o.afresh ? undefined : chains.get(key);
  if (known) return known;
  const chain = found(place, o.afresh === true);
  chains.set(key, chain);
  return chain;
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
): Promise<Chain> {
  const { fromNodeProviderChain } = await import("./sdk.ts");
  const given = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
  const chain = fromNodeProviderChain({
    ...given,
    ...more,
    ...(place.profile ? { logger: silent } : {}),
    ...(ignoreCache ? { ignoreCache } : {}),
    // A region given as `clientConfig` would also be asked for IAM Identity Center.
    ...(region === undefined ? {} : { parentClientConfig: { region: async () => region } }),
  }) as Chain;
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
