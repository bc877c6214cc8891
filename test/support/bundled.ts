/**
 * Scripts as they would be shipped: what is measured is what people run, and a process that a test starts a hundred
 * times does not read a thousand files each time.
 */
import { basename, join } from "node:path";
import { build } from "esbuild";
import { common, plugins } from "../../cli/bundling.ts";
import { root } from "./home.ts";

/** Scripts by absolute path, into `folder`. `instead`: files by absolute path, and the files that take their places. */
export async function bundled(
  folder: string,
  scripts: string[],
  instead: { [file: string]: string } = {},
): Promise<(script: string) => string> {
  await build({
    ...common,
    absWorkingDir: root,
    entryPoints: scripts,
    outdir: folder,
    splitting: true,
    plugins: [
      ...plugins,
      {
        name: "instead",
        setup({ onResolve }) {
          onResolve({ filter: /\.ts$/ }, ({ path, resolveDir }) => {
            const file = instead[join(resolveDir, path)];
            return file ? { path: file } : undefined;
          });
        },
      },
    ],
  });
  return (script) => join(folder, `${basename(script, ".ts")}.mjs`);
}
