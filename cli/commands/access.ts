/** `access`: who came to an app, or to all of them and to sign-in: what, when, from where, allowed or not. */
import { exitCodes } from "../../blueprints/fault.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { readApps } from "../registry.ts";
import { accessWords } from "../ui/access.ts";
import { enterWith } from "../who.ts";
import { findApp } from "./app.ts";
import { sinceOf } from "./logs.ts";

export async function run(input: Input): Promise<Outcome> {
  const since = sinceOf(text(input.flags, "since"), Date.now(), "access");
  const named = input.args.length > 0 ? await findApp(input) : undefined;
  const config = named?.config ?? (await findCloud(input.paths, text(input.flags, "cloud")));
  const apps = named ? [named.app.name] : readApps(input.paths, config.name).map(({ name }) => name);
  const { cloud, access } = await enterWith(input, config);
  const abort = new AbortController();
  const stop = input.onInterrupt(() => abort.abort());
  const o = {
    ...{ follow: input.flags["follow"] === true, denied: input.flags["denied"] === true, signal: abort.signal },
    ...(since === undefined ? {} : { since }),
  };
  try {
    await access.readAccess(cloud, { apps, signin: !named }, o, (line) =>
      input.line({ type: "access", ...line }, (paint) => accessWords(line, paint)),
    );
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    stop();
  }
  return { exitCode: abort.signal.aborted ? exitCodes.interrupted : exitCodes.done };
}
