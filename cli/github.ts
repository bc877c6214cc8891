/**
 * How GitHub is asked from here: its address, our name, and how to sign in when it shows nothing without. A token is
 * looked for only then: GITHUB_TOKEN, else what `gh` is signed in with, if the owner once said that it may be used.
 */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import type { Asking, SignIn } from "../catalog/github/asking.ts";
import { readText, writeAtomically } from "./files.ts";
import type { Paths } from "./paths.ts";

/** Never handed on: a worker gets what it may use over its stdin, and nothing else has a use for it. */
export const tokenVariables = ["GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"] as const;

/** One for a whole command, made when it is first needed: nothing of GitHub's is loaded before. */
export function github(
  env: NodeJS.ProcessEnv,
  signIn: () => Promise<SignIn | undefined>,
  signal?: AbortSignal,
): () => Promise<Asking> {
  let made: Promise<Asking> | undefined;
  return () => {
    made = made ?? make(env, signIn, signal);
    return made;
  };
}

async function make(
  env: NodeJS.ProcessEnv,
  signIn: () => Promise<SignIn | undefined>,
  signal: AbortSignal | undefined,
): Promise<Asking> {
  const { askWith } = await import("../catalog/github/asking.ts");
  const apiUrl = env["GITHUB_API_URL"];
  return askWith({
    userAgent: `freehold/${process.env.FREEHOLD_VERSION ?? "source"}`,
    signIn,
    ...(apiUrl && { apiUrl }),
    ...(signal && { signal }),
  });
}

export interface Asker {
  paths: Paths;
  env: NodeJS.ProcessEnv;
  interactive: boolean;
  ask(question: string): Promise<string>;
}

/** What is there to sign in with: at once from the environment; of `gh` only with the owner's word. */
export async function signInOf(asker: Asker): Promise<SignIn | undefined> {
  return fromEnvironment(asker.env) ?? (await fromGh(asker));
}

export function fromEnvironment(env: NodeJS.ProcessEnv): SignIn | undefined {
  const token = env["GITHUB_TOKEN"]?.trim();
  return token ? { token, from: "GITHUB_TOKEN" } : undefined;
}

/** Asked once; the answer is kept in config/github.yaml, which a person can read and change. */
async function fromGh(asker: Asker): Promise<SignIn | undefined> {
  const gh = onPath(asker.env, process.platform === "win32" ? "gh.exe" : "gh");
  if (!gh || !(await mayUseGh(asker))) return undefined;
  const { PATH, HOME, XDG_CONFIG_HOME, GH_CONFIG_DIR, DBUS_SESSION_BUS_ADDRESS } = asker.env;
  const env = { PATH, HOME, XDG_CONFIG_HOME, GH_CONFIG_DIR, DBUS_SESSION_BUS_ADDRESS };
  // Signed out, or too slow: then there is nothing to sign in with.
  const said = await promisify(execFile)(gh, ["auth", "token"], { env, timeout: 10_000, maxBuffer: 65_536 }).catch(
    () => undefined,
  );
  const token = said?.stdout.trim();
  return token && /^[\x21-\x7e]{1,512}$/.test(token) ? { token, from: "gh" } : undefined;
}

/** Absolute folders only: a `.` in PATH would let any folder one happens to be in answer. */
function onPath(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const question = "GitHub shows no more without signing in. May the gh command's sign-in be used from now on? [y/N] ";

async function mayUseGh({ paths, interactive, ask }: Asker): Promise<boolean> {
  const file = join(paths.config, "github.yaml");
  const said = /^gh: *(yes|no) *$/m.exec(readText(file) ?? "")?.[1];
  if (said !== undefined) return said === "yes";
  if (!interactive) return false;
  const yes = /^y(es)?$/i.test((await ask(question)).trim());
  writeAtomically(
    file,
    `# Whether the sign-in of the gh command may be used to read from GitHub: yes or no.\ngh: ${yes ? "yes" : "no"}\n`,
  );
  return yes;
}
