/** Which key holds what: the layout of Pulumi's own engine, and two keys of ours that it does not look at. */
import { formatRef } from "./refs.ts";
import type { StackRef } from "./resource.ts";

const root = ".pulumi";

export const metaKey = `${root}/meta.yaml`;
export const stacksFolder = `${root}/stacks`;
export const projectFolder = (project: string): string => `${stacksFolder}/${project}`;

export interface StackKeys {
  folder: string;
  /** Without `.gz` or `.zst`. */
  checkpoint: string;
  tags: string;
  history: string;
  backups: string;
  /** The official lock files. */
  locks: string;
  /** Ours. */
  guard: string;
  journal: string;
}

export function keysOf(ref: StackRef): StackKeys {
  const { project, stack } = ref;
  return {
    folder: projectFolder(project),
    checkpoint: `${projectFolder(project)}/${stack}.json`,
    tags: `${projectFolder(project)}/${stack}.pulumi-tags`,
    history: `${root}/history/${project}/${stack}`,
    backups: `${root}/backups/${project}/${stack}`,
    locks: `${root}/locks/${formatRef(ref)}`,
    guard: `${root}/journals/${project}/${stack}.lock`,
    journal: `${root}/journals/${project}/${stack}.journal`,
  };
}

/** The stack that a file's name in a project's folder stands for. */
export function stackOfName(name: string): string | undefined {
  return /^(.+)\.json(\.gz|\.zst)?$/.exec(name)?.[1];
}
