/** `freehold data edit` with an editor of a test's own. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Finished, type Home, run } from "./home.ts";

/** With an editor that does to its file what this program says, of `text`. */
export async function editData(home: Home, program: string, ...args: string[]): Promise<Finished> {
  const editor = join(home.dir, "my editor.mjs");
  await writeFile(
    editor,
    `import { readFileSync, writeFileSync } from "node:fs";
const file = process.argv.at(-1);
const text = readFileSync(file, "utf8");
writeFileSync(file, await (async () => { ${program} })());
`,
  );
  const env = { ...home.env, EDITOR: `"${process.execPath}" '${editor}'`, VISUAL: "", TMPDIR: home.dir };
  return run([home.entry, "data", "edit", ...args], env, { cwd: home.dir });
}
