/**
 * Scripts as they would be shipped: what is measured is what people run, and a process that a test starts a hundred
 * times does not read a thousand files each time.
 */
import { copyFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { common, plugins, standalone } from "../../cli/bundling.ts";
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

/** The same as the worker is shipped: with V8's code of what earlier runs used, kept below `folder`. */
export async function bundledProcesses(folder: string, scripts: string[]): Promise<(script: string) => string> {
  await build({
    ...standalone,
    absWorkingDir: root,
    entryPoints: scripts,
    outdir: join(folder, "bundles"),
    plugins,
  });
  copyFileSync(join(root, "cli/code-cache.cjs"), join(folder, "code-cache.cjs"));
  const starter = (script: string): string => join(folder, `${basename(script, ".ts")}.cjs`);
  for (const script of scripts)
    writeFileSync(starter(script), `require("./code-cache.cjs")(${JSON.stringify(basename(script, ".ts"))});\n`);
  return starter;
}
