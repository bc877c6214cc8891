/** The keys that the cloud's own issuer signs with: made when first asked for, kept beside the owner's key, exchanged on demand. */
import { generateKeyPair, type JsonWebKey, randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { readJson, writeDurably } from "../files.ts";
import type { LocalCloud } from "../service.ts";

/** No token lives longer, so a key that signs no more need not be known longer. */
export const longestTokenSeconds = 3_600;

export interface IssuerKey {
  kid: string;
  /** Private. */
  jwk: JsonWebKey;
  /** Milliseconds since 1970: it signs no more. */
  retired?: number;
}

export interface IssuerKeys {
  /** All whose tokens may still be good; the last of them signs. */
  known(): Promise<readonly IssuerKey[]>;
  /** Signs with a new one from now on. Answers the new one's id once it is on disk. */
  rotate(): Promise<string>;
}

export function openIssuerKeys({ options, clock }: LocalCloud): IssuerKeys {
  const file = join(options.dataDir, "issuer.json");
  // One after the other: two that come at once must not each make a first key.
  let kept: Promise<readonly IssuerKey[]> | undefined;
  const keep = async (keys: readonly IssuerKey[]): Promise<readonly IssuerKey[]> => {
    writeDurably(file, JSON.stringify({ version: 1, keys }));
    return keys;
  };
  const load = async (): Promise<readonly IssuerKey[]> => {
    const found = readJson<{ keys: IssuerKey[] }>(file)?.keys;
    return found ?? keep([await newKey()]);
  };
  const current = ({ retired }: IssuerKey): boolean =>
    retired === undefined || clock.now() < retired + longestTokenSeconds * 1000;
  const all = (): Promise<readonly IssuerKey[]> => {
    kept ??= load();
    // What went wrong once may go well the next time.
    kept.catch(() => {
      kept = undefined;
    });
    return kept;
  };
  return {
    known: async () => (await all()).filter(current),
    async rotate() {
      const before = all();
      kept = before.then(async (keys) => {
        const retired = keys.filter(current).map((key) => ({ retired: clock.now(), ...key }));
        return keep([...retired, await newKey()]);
      });
      return (await all()).at(-1)!.kid;
    },
  };
}

async function newKey(): Promise<IssuerKey> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return { kid: randomUUID(), jwk: privateKey.export({ format: "jwk" }) };
}
