/** `access`: who came to an app, or to all of them and to sign-in: what, when, from where, allowed or not. */
import { exitCodes } from "../../blueprints/fault.ts";
import type { AccessLine } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { readApps } from "../registry.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
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

/** `2026-… notes  owner  GET /api/notes  200  3 ms  from 127.0.0.1`; what was refused says why. */
export function accessWords(line: AccessLine, paint: Paint): string {
  const { at, app, method, path, what, status, allowed, why, from, ms } = line;
  const asked = what ?? `${method ?? "?"} ${path ?? "?"}`;
  const end = allowed ? paint.good("allowed") : paint.bad("refused");
  const parts = [
    paint.dim(safeText(at)),
    paint.bold(safeText(app)),
    safeText(whoWords(line)),
    safeText(asked),
    ...(status === undefined ? [] : [String(status)]),
    why === undefined ? end : `${end} (${safeText(why)})`,
    ...(from === undefined ? [] : [`from ${safeText(from)}`]),
    ...(ms === undefined ? [] : [`${ms} ms`]),
  ];
  return parts.join("  ");
}

/** `owner`, `guest Ann`, `key backup`; by the id where the name is gone. */
export function whoWords({ who, name }: Pick<AccessLine, "who" | "name">): string {
  const [kind, id] = who.split("/");
  return id === undefined ? who : `${kind} ${name ?? id}`;
}
