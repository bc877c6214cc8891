/** A `pulumi` that is not marked as Freehold's own and is our engine all the same: it writes down what it is asked. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Home, root } from "./home.ts";

/** In the home's folder `bin`, its calls in `asked` beside that. Answers the file. */
export async function standInPulumi(home: Home, name: string): Promise<string> {
  const version = (await home.freehold("--version")).stdout.trim();
  const engine = `'${process.execPath}' '${join(root, "dist/pulumi.cjs")}'`;
  const file = join(home.dir, "bin", name);
  await mkdir(join(home.dir, "bin"), { recursive: true });
  await writeFile(
    file,
    `#!/bin/sh\necho "$1" >> '${join(home.dir, "asked")}'\nFREEHOLD_ENGINE_WRITTEN_BY='${version}' exec ${engine} "$@"\n`,
  );
  await chmod(file, 0o755);
  return file;
}
