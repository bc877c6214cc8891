/** The engine's one source of time and randomness; tests put their own in its place. */
import { randomBytes, randomUUID } from "node:crypto";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  uuid(): string;
  seed(): Uint8Array;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  uuid: () => randomUUID(),
  seed: () => randomBytes(32),
};
