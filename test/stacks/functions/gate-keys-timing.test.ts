/**
 * What the time of a refused key tells: nothing. The tables are taken away here, since the noise of a call to one would
 * hide a hundred microseconds; what the gate itself does is measured as it is.
 */
import { expect, it, vi } from "vitest";
import { keyOf } from "../../../stacks/functions/gate/keys.ts";
import { digestOfToken, newToken, rowId } from "../../../stacks/functions/shared/rows.ts";

const { id, rows } = vi.hoisted(() => {
  process.env["FREEHOLD_GATE"] = JSON.stringify({ cloud: "home", app: "notes" });
  return { id: "0123456789abcdef", rows: new Map<string, object>() };
});
vi.mock("../../../stacks/functions/gate/access-rows.ts", () => ({
  readRow: async (name: string) => rows.get(name) ?? null,
}));
// Nobody is stopped for having guessed often.
vi.mock("../../../stacks/functions/shared/counter.ts", async (original) => ({
  ...(await original<object>()),
  count: async () => null,
}));

const secret = newToken();
const wrongAt = (at: number) => `${secret.slice(0, at)}${secret[at] === "A" ? "B" : "A"}${secret.slice(at + 1)}`;
const guesses = {
  nobody: `fh_ffffffffffffffff_${wrongAt(0)}`,
  first: `fh_${id}_${wrongAt(0)}`,
  last: `fh_${id}_${wrongAt(secret.length - 1)}`,
};
type Guess = keyof typeof guesses;

/** Microseconds of each, in turns whose order changes: what the one before left behind counts for all. */
async function timesOf(rounds: number, ask: (key: string) => Promise<unknown>): Promise<Record<Guess, number[]>> {
  const times: Record<Guess, number[]> = { nobody: [], first: [], last: [] };
  const names = Object.keys(guesses) as Guess[];
  for (let round = -rounds / 4; round < rounds; round++)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + rounds + turn) % names.length]!;
      const began = performance.now();
      await ask(guesses[name]);
      if (round >= 0) times[name].push((performance.now() - began) * 1000);
    }
  return times;
}

/** Welch's t of the faster three quarters of each: whatever else this computer does is in the rest. */
function welch(...samples: [number[], number[]]): number {
  const [one, other] = samples.map((all) => {
    const kept = [...all].sort((a, b) => a - b).slice(0, Math.floor(all.length * 0.75));
    const mean = kept.reduce((sum, time) => sum + time, 0) / kept.length;
    const variance = kept.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (kept.length - 1);
    return { mean, error: variance / kept.length };
  }) as [{ mean: number; error: number }, { mean: number; error: number }];
  return Math.abs(one.mean - other.mean) / Math.sqrt(one.error + other.error);
}

/** A difference of the means in microseconds that no caller over a network sees, and noise in bursts stays below. */
const differ = (one: number[], other: number[]): boolean =>
  welch(one, other) > 10 && Math.abs(middle(one) - middle(other)) > 1;
const middle = (of: number[]): number => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)]!;

// Of a comparison that ends where a guess goes wrong, the time is the way to the secret, letter by letter.
it("is the same whether there is such an id, and however much of the secret is right", async () => {
  rows.set(rowId.key("notes", id), {
    ...{ digest: digestOfToken(secret), name: "phone", routes: ["/*"], verbs: ["GET"], created: 1 },
    expires: Date.now() / 1000 + 1000,
  });
  const ask = (key: string) =>
    keyOf(
      {
        headers: { authorization: `Bearer ${key}` },
        requestContext: { http: { method: "GET", sourceIp: "10.0.0.1" } },
      } as any,
      "/x",
    );
  expect(await ask(`fh_${id}_${secret}`)).toMatchObject({ state: "good" });
  for (const key of Object.values(guesses)) expect(await ask(key)).toEqual({ state: "wrong" });
  const times = await timesOf(3000, ask);
  expect(differ(times.first, times.last), "how much of the secret is right").toBe(false);
  expect(differ(times.first, times.nobody), "whether there is such an id").toBe(false);
});

// A measure that sees nothing would be green for anything.
it("would be seen to differ, were each letter looked at until one is wrong", async () => {
  const good = `fh_${id}_${secret}`;
  const leaky = async (key: string) => {
    for (let i = 0; i < good.length; i++) if (digestOfToken(key[i]!) !== digestOfToken(good[i]!)) return false;
    return true;
  };
  const times = await timesOf(400, leaky);
  expect(differ(times.first, times.last)).toBe(true);
  expect(differ(times.first, times.nobody)).toBe(true);
});
