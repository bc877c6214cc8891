/** What is not about one stack: version, help, who and where one is, tags. */
import { userInfo } from "node:os";
import { type CommandLine, flag, isSet } from "../cli.ts";
import { Diagnosis } from "../diagnosis.ts";
import type { Session } from "../session.ts";
import { setLogin } from "../state/index.ts";
import { json, positional, tableText } from "./text.ts";

function userName(s: Session): string {
  return s.init.env["USER"] || userInfo().username;
}

export async function whoami(s: Session, line: CommandLine): Promise<void> {
  const user = userName(s);
  const { url } = s.backend;
  if (isSet(line, "--json")) return s.init.out(json({ user, url }));
  s.init.out(isSet(line, "--verbose") ? `User: ${user}\nBackend URL: ${url}\n` : `${user}\n`);
}

/** Only remembers the address, for calls that name none. */
export async function login(s: Session, line: CommandLine): Promise<void> {
  const url = isSet(line, "--local") ? "file://~" : (line.positional[0] ?? flag(line, "--cloud-url"));
  if (!url && !s.init.env["PULUMI_BACKEND_URL"])
    throw new Diagnosis("this engine knows no Pulumi Cloud; name a backend, such as file://~ (or pass --local)");
  if (url && /^https?:/.test(url))
    throw new Diagnosis(`${url} is a Pulumi Cloud, which this engine does not speak with; name a file:// address`);
  if (url) await setLogin(s.home, url);
  s.init.out(`Logged in as ${userName(s)} (${url ?? s.backend.url})\n`);
}

export async function logout(s: Session): Promise<void> {
  await setLogin(s.home, undefined);
  s.init.out(`Logged out of ${s.backend.url}\n`);
}

/** There is no organization but the one every stack of such a backend is in. */
export async function noOrganizations(): Promise<void> {
  throw new Diagnosis("backends of this type do not support organizations");
}

export async function tagGet(s: Session, line: CommandLine): Promise<void> {
  s.init.out(`${await s.backend.tags(await s.stack()).get(positional(line, 0))}\n`);
}

export async function tagSet(s: Session, line: CommandLine): Promise<void> {
  await s.backend.tags(await s.stack()).set(positional(line, 0), positional(line, 1));
}

export async function tagRemove(s: Session, line: CommandLine): Promise<void> {
  await s.backend.tags(await s.stack()).rm(positional(line, 0));
}

export async function tagList(s: Session, line: CommandLine): Promise<void> {
  const tags = await s.backend.tags(await s.stack()).ls();
  if (isSet(line, "--json")) return s.init.out(json(tags));
  const rows = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  s.init.out(tableText(["NAME", "VALUE"], rows));
}

export async function cancel(s: Session, line: CommandLine): Promise<void> {
  const ref = await s.stack(line.positional[0]);
  await s.backend.cancel(ref);
  s.init.out(`The currently running update for '${ref.stack}' has been canceled!\n`);
}
