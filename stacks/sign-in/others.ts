/**
 * Keys that AWS refuses before they were to end: taken away, or of a session that was ended. It carried nothing out, so it is
 * asked again, once, with what is found in their place by now. Whoever was given keys as they are has no others.
 */
import type { Chain } from "./index.ts";

const expired = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];
/** Of keys that are nobody's any more: S3's name for it, that of the older services, and that of the newer ones. */
const unknown = ["InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"];

const named = (error: unknown, names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);

export const haveExpired = (error: unknown): boolean => named(error, expired);

export const refusesKeys = (error: unknown): boolean => haveExpired(error) || named(error, unknown);

/** `renew` answers whether there is another place to look, or a later look. */
export async function againWithOthers<T>(ask: () => Promise<T>, renew: () => Promise<boolean> | boolean): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!refusesKeys(error) || !(await renew())) throw error;
    return ask();
  }
}

interface Client {
  middlewareStack: { add(middleware: any, options: any): void };
}

/**
 * Makes an SDK client do so that was made with `credentials`. Answers the client. `check`: throws where the others are of no
 * use, as another account's are; needed but for what no other account has, as a bucket by its name.
 */
export function withOthers<Made extends Client>(client: Made, credentials: object, check?: () => Promise<void>): Made {
  const chain = credentials as Partial<Chain>;
  const { renew } = chain;
  if (!renew) return client;
  const looksAgain = (next: any) => (args: any) => {
    const generation = chain.generation!;
    return againWithOthers(
      () => next(args),
      async () => {
        renew(generation);
        await check?.();
        return true;
      },
    );
  };
  client.middlewareStack.add(looksAgain, { step: "initialize", priority: "high", name: "looksAgain" });
  return client;
}
