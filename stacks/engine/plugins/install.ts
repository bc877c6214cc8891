/** Writes a plugin's executable to a folder of a person's: a few lines that start the program where it lies. */
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../state/files.ts";
import { fileName } from "./find.ts";

/**
 * `program` is the module to run, `node` the Node to run it with, both absolute. Returns the executable's path. The
 * file's text has the two paths as JSON strings: no shell reads them.
 */
export async function installPlugin(
  pkg: string,
  to: { folder: string; node: string; program: string },
): Promise<string> {
  if (/[\s\n]/.test(to.node))
    throw new Error(`'${to.node}' has a blank in it, which the first line of an executable cannot have`);
  const file = join(to.folder, fileName(pkg));
  await mkdir(to.folder, { recursive: true });
  await writeAtomically(file, `#!${to.node}\nimport(${JSON.stringify(to.program)});\n`);
  await chmod(file, 0o755);
  return file;
}
