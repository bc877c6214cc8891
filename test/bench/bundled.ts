/** The scripts of this folder as they would be shipped, so that what is measured is what people run. */
import { join } from "node:path";
import { build } from "esbuild";
import { common, plugins } from "../../cli/bundling.ts";
import { root } from "../support/home.ts";

/** `instead`: files by absolute path, and the files that take their places. */
export async function bundled(
  folder: string,
  names: string[],
  instead: { [file: string]: string } = {},
): Promise<(name: string) => string> {
  await build({
    ...common,
    absWorkingDir: root,
    entryPoints: names.map((name) => join(root, "test/bench", `${name}.ts`)),
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
  return (name) => join(folder, `${name}.mjs`);
}
