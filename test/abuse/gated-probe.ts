/**
 * An app with a gate on the local cloud, which writes down what reaches it, and a second one like it. Everything is sent
 * to the cloud's real door, byte by byte.
 */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import { toItem } from "../../stacks/functions/shared/items.ts";
import { newId, rowId } from "../../stacks/functions/shared/rows.ts";
import { issue, kidOf, publicHalf, type Session } from "../../stacks/functions/shared/session.ts";
import { clientConfig } from "../support/aws.ts";
import { type Home, signIn, withHome } from "../support/home.ts";
import { type RawAnswer, raw } from "./raw.ts";

const folder = join(import.meta.dirname, "fixtures/probe");

/** Where it is; filled by `startProbe`. `owner` is a Cookie header of the owner's. */
export const at = {} as { home: Home; port: number; url: string; host: string; otherHost: string; owner: string };

export async function startProbe(): Promise<void> {
  const home = await withHome();
  at.home = home;
  await home.freehold("up", folder);
  await home.freehold("up", folder, "--as", "other");
  const { apps } = await home.json<{ apps: { name: string; url: string }[] }>("ls");
  const of = (name: string): URL => new URL(apps.find((app) => app.name === name)!.url);
  const { origin, host, port } = of("probe");
  Object.assign(at, { url: origin, host, otherHost: of("other").host, port: Number(port) });
  at.owner = await signIn(await linkOf("probe"));
}

export const linkOf = async (app: string): Promise<string> => (await at.home.json<{ link: string }>("open", app)).link;

/** Every request has a number, which the app writes down: at the end it is seen that none reached it that was refused. */
let number = 0;
const numbers = { refused: [] as number[], answered: [] as number[] };
export async function numbered(lines: string[], body = ""): Promise<RawAnswer> {
  const mine = ++number;
  const [first, ...rest] = lines;
  const answer = await raw(at.port, [first!, ...rest, `X-Probe: ${mine}`], body);
  const byApp = answer.text.startsWith('{"rawPath"');
  numbers[byApp ? "answered" : "refused"].push(mine);
  return answer;
}
export const get = (path: string, ...headers: string[]) =>
  numbered([`GET ${path} HTTP/1.1`, `Host: ${at.host}`, ...headers]);
export const asOwner = (path: string, ...headers: string[]) => get(path, `Cookie: ${at.owner}`, ...headers);
export const post = (path: string, ...headers: string[]) =>
  numbered([`POST ${path} HTTP/1.1`, `Host: ${at.host}`, "Content-Length: 2", ...headers], "{}");
export const withToken = (text: string, path = "/api/x") => get(path, `Cookie: freehold-session=${text}`);
export const withKey = (key: string, path: string, ...more: string[]) =>
  get(path, `Authorization: Bearer ${key}`, ...more);

/** The app writes down who reached it: all that it answered, at least `least.answered`, and nothing that was refused. */
export async function nothingRefusedReached(least: { answered: number; refused: number }): Promise<void> {
  const seen = async (): Promise<Set<string>> => {
    const { stdout } = await at.home.freehold("logs", "probe", "--function", "api", "--since", "1h");
    return new Set([...stdout.matchAll(/reached (\w+)/g)].map(([, mark]) => mark!));
  };
  // All that it answered is there: what is not there did not come.
  const late = async (): Promise<number[]> => {
    const marks = await seen();
    return numbers.answered.filter((mark) => !marks.has(String(mark)));
  };
  await expect.poll(late, { timeout: 20_000 }).toEqual([]);
  const marks = await seen();
  expect(numbers.answered.length).toBeGreaterThan(least.answered);
  expect(numbers.refused.length).toBeGreaterThan(least.refused);
  expect(numbers.refused.filter((mark) => marks.has(String(mark)))).toEqual([]);
  expect(marks).not.toContain("smuggled");
}

export const seconds = (): number => Math.floor(Date.now() / 1000);

/** Sessions signed with a key that the test itself has put into the cloud's table, as only its owner can. */
export async function minter() {
  const client = new DynamoDBClient(clientConfig(await at.home.json("cloud", "env")));
  const { privateKey } = generateKeyPairSync("ed25519");
  const kid = kidOf(publicHalf(privateKey));
  const made: string[] = [];
  const TableName = "home--foundation--access";
  const put = (id: string, row: object) =>
    client.send(new PutItemCommand({ TableName, Item: toItem(id, row) as never }));
  const remove = (id: string) => client.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
  await put(rowId.signing(kid), { publicKey: publicHalf(privateKey), created: 1, expires: seconds() + 3600 });
  return {
    put,
    async session(who: { sub: string; role: string; app?: string }) {
      const sid = newId();
      made.push(sid);
      const row = { by: "test", created: seconds(), seen: seconds(), from: "", agent: "", expires: seconds() + 3600 };
      await put(rowId.session(sid), { ...who, ...row });
      const { sub, role } = who;
      const claims = { aud: "home/probe", sub, role, sid, iat: seconds(), exp: seconds() + 3600 };
      return (change: Partial<Session>): string => issue({ ...claims, ...change }, kid, privateKey);
    },
    forgetKey: () => remove(rowId.signing(kid)),
    endSessions: () => Promise.all(made.map((sid) => remove(rowId.session(sid)))),
  };
}
