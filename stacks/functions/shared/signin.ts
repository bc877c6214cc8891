/**
 * What a gate asks the sign-in function by IAM, and what it is told. How browsers come and go between the two:
 *
 * - gate to sign-in: `SIGNIN/authorize?app=APP&to=/path&challenge=C`, and with `&host=HOST` when that is the name it was
 *   asked by: back to that, if the gate's tags in the account have it;
 * - back: `APP/.freehold/signin?code=CODE&to=/path`;
 * - from a link or an invitation, which have no challenge: `APP/.freehold/signin?to=/path` without a code, where the gate
 *   begins (its cookie, then `authorize`) whatever the request accepts.
 */
export type SigninRequest =
  /** The code that came with the browser, and the text of the gate's cookie. */
  | { ask: "exchange"; app: string; code: string; verifier: string; from: string }
  /** A token that is still good, for one with a new end. */
  | { ask: "renew"; app: string; session: string; from: string }
  /** Ends the session at every app. */
  | { ask: "end"; app: string; session: string; from: string };

/** `session` null: not one, used, or too old; or, with `wait` in seconds, nobody looked. */
export interface SigninResponse {
  session: string | null;
  wait?: number;
}

/** What the owner's command line asks of it. */
export type OwnerRequest = { ask: "rotate" };
