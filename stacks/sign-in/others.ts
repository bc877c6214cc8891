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

/** A body that is read as it is sent cannot be sent twice. */
const isRead = (input: { Body?: unknown }): boolean => typeof (input.Body as { pipe?: unknown })?.pipe === "function";

/** Makes an SDK client do so that was made with `credentials`. Answers the client. */
export function withOthers<Made extends Client>(client: Made, credentials: object): Made {
  const chain = credentials as Partial<Chain>;
  const { renew } = chain;
  if (!renew) return client;
  const looksAgain = (next: any) => (args: any) => {
    const generation = chain.generation!;
    const others = (): boolean => {
      if (isRead(args.input)) return false;
      renew(generation);
      return true;
    };
    return againWithOthers(() => next(args), others);
  };
  client.middlewareStack.add(looksAgain, { step: "initialize", priority: "high", name: "looksAgain" });
  return client;
}
