/** Which stack is selected, and which backend: the official files under PULUMI_HOME. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readText, writeAtomically } from "./files.ts";
import type { ProjectSettings } from "./project.ts";

function fileOf(home: string, project: ProjectSettings): string {
  const hash = createHash("sha1").update(project.file).digest("hex");
  return join(home, "workspaces", `${project.name}-${hash}-workspace.json`);
}

export async function selectedStack(
  home: string,
  project: ProjectSettings,
  backendUrl: string,
): Promise<string | undefined> {
  const text = await readText(fileOf(home, project));
  if (text === undefined) return undefined;
  const value = JSON.parse(text);
  return value.stacks?.[backendUrl] ?? value.stack;
}

export async function selectStack(
  home: string,
  project: ProjectSettings,
  backendUrl: string,
  stack: string | undefined,
): Promise<void> {
  const file = fileOf(home, project);
  const before = JSON.parse((await readText(file)) ?? "{}");
  const { [backendUrl]: _old, ...others } = before.stacks ?? {};
  await writeAtomically(
    file,
    JSON.stringify({ ...before, stacks: stack === undefined ? others : { ...others, [backendUrl]: stack } }),
  );
}

const credentialsFile = (home: string): string => join(home, "credentials.json");

async function readCredentials(home: string): Promise<{ [name: string]: unknown }> {
  const text = await readText(credentialsFile(home));
  return text === undefined ? {} : JSON.parse(text);
}

/** The backend's address of the last `pulumi login`. */
export async function currentLogin(home: string): Promise<string | undefined> {
  const { current } = await readCredentials(home);
  return typeof current === "string" && current !== "" ? current : undefined;
}

/** Undefined: logged out. What else the file holds stays. */
export async function setLogin(home: string, url: string | undefined): Promise<void> {
  const { current: _before, ...others } = await readCredentials(home);
  await writeAtomically(
    credentialsFile(home),
    JSON.stringify({ ...others, ...(url ? { current: url } : {}) }, null, 4),
  );
}
