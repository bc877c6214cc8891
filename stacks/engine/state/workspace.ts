/** Which stack is selected: the official file under PULUMI_HOME, per project file and backend. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readText, writeAtomically } from "./files.ts";
import type { ProjectSettings } from "./settings.ts";

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
