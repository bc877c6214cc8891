/** `engine install` in plain text. */
import type { EngineInstallDocument } from "../commands/engine-install.ts";

export function plain({ dir, files, onPath }: EngineInstallDocument): string {
  const lines = files.map((file) => `${file} is written.`);
  if (!onPath)
    lines.push("", "Tools find it when the folder comes first on PATH:", "", `    export PATH="${dir}:$PATH"`);
  return lines.join("\n");
}
