/**
 * Builds `dist/`: the command in split chunks, a bundle a process, the functions that ship with every cloud,
 * and the AWS SDK as functions find it. Everything a person runs is in `dist/` and `blueprints/`; nothing is fetched.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { buildIndex } from "../catalog/index/build.ts";
import {
  common as bundling,
  lazyBuiltins,
  plugins,
  seldomApart,
  seldomFile,
  seldomSource,
  standalone,
} from "./bundling.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = join(root, "dist");
/** Built aside and put in place whole: a build that fails leaves the last one working. */
const dist = join(root, "node_modules/.freehold-build");
const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;

const versioned = { "process.env.FREEHOLD_VERSION": JSON.stringify(version) };
const common: BuildOptions = { ...bundling, define: { ...bundling.define, ...versioned } };

/** The SDK clients of the services the local cloud serves, and their companions. */
const sdkPackages = [
  "@aws-sdk/client-cloudwatch-logs",
  "@aws-sdk/client-dynamodb",
  "@aws-sdk/client-iam",
  "@aws-sdk/client-lambda",
  "@aws-sdk/client-s3",
  "@aws-sdk/client-ssm",
  "@aws-sdk/client-sts",
  "@aws-sdk/credential-providers",
  "@aws-sdk/lib-dynamodb",
  "@aws-sdk/lib-storage",
  "@aws-sdk/s3-presigned-post",
  "@aws-sdk/s3-request-presigner",
  "@aws-sdk/util-dynamodb",
];

async function buildCommand(): Promise<void> {
  const result = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: { main: "cli/main.ts" },
    outdir: dist,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    metafile: true,
    jsx: "automatic",
    plugins,
  });
  writeFileSync(join(dist, "meta.json"), JSON.stringify(result.metafile));
}

/** The providers that other engines start. */
const pluginNames = ["pulumi-resource-aws", "pulumi-resource-cloudflare"];

/** What runs as a process of its own, a bundle each. */
async function buildProcesses(): Promise<void> {
  await build({
    ...standalone,
    define: { ...standalone.define, ...versioned },
    absWorkingDir: root,
    entryPoints: {
      worker: "cli/worker.ts",
      pulumi: "stacks/pulumi.ts",
      ...Object.fromEntries(pluginNames.map((name) => [name, `stacks/${name}.ts`])),
      "local-cloud": "stacks/local/main.ts",
    },
    outdir: join(dist, "bundles"),
    plugins: [...plugins, seldomApart],
  });
}

/** What those share and seldom load. */
async function buildSeldom(): Promise<void> {
  await build({
    ...common,
    format: "cjs",
    banner: {},
    absWorkingDir: root,
    stdin: { contents: seldomSource, resolveDir: root },
    outfile: join(dist, "bundles", `${seldomFile}.cjs`),
    plugins: [lazyBuiltins],
  });
}

/** The files that are started by name, as they are. */
function copyStarters(): void {
  for (const name of ["code-cache", "freehold", "local-cloud", "pulumi", "worker"])
    cpSync(join(root, "cli", `${name}.cjs`), join(dist, `${name}.cjs`));
  // Engines find a provider's plugin by this very name.
  for (const name of pluginNames) {
    cpSync(join(root, "cli/pulumi-resource.cjs"), join(dist, name));
    chmodSync(join(dist, name), 0o755);
  }
}

/**
 * Each folder of stacks/functions is one zip's content: a module, beside it what it loads only when it is asked for, and
 * its assets as they are.
 */
async function buildFunctions(): Promise<void> {
  const folder = join(root, "stacks/functions");
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "index.ts")));
  for (const name of names) {
    const outdir = join(dist, "functions", name);
    await build({
      ...common,
      banner: {},
      absWorkingDir: root,
      entryPoints: [join(folder, name, "index.ts")],
      outdir,
      splitting: true,
      chunkNames: "[name]-[hash]",
      plugins: [lazyBuiltins],
    });
    const assets = join(folder, name, "assets");
    if (existsSync(assets)) cpSync(assets, join(outdir, "assets"), { recursive: true });
  }
}

async function buildSdk(): Promise<void> {
  const outdir = join(dist, "sdk/node_modules");
  await build({
    ...common,
    absWorkingDir: root,
    entryPoints: Object.fromEntries(sdkPackages.map((name) => [`${name}/index`, name])),
    outdir,
    splitting: true,
    chunkNames: "@aws-sdk/.chunks/[hash]",
    plugins: [lazyBuiltins],
  });
  for (const name of sdkPackages) {
    const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
    const manifest = {
      name,
      version,
      type: "module",
      main: "./index.mjs",
      exports: { ".": "./index.mjs", "./package.json": "./package.json" },
    };
    writeFileSync(join(outdir, name, "package.json"), JSON.stringify(manifest));
  }
}

/** Node's runtime client is one file here: each file more is half a millisecond of every cold call. */
async function buildRuntime(): Promise<void> {
  const from = join(root, "stacks/local/lambda/runtime");
  const outdir = join(dist, "runtime");
  const options: BuildOptions = { bundle: true, platform: "node", format: "cjs", target: "node24", outdir };
  await build({ ...options, entryPoints: [join(from, "client.cjs")], outExtension: { ".js": ".cjs" } });
  cpSync(join(from, "python_client.py"), join(outdir, "python_client.py"));
}

/** Beside the bundle that reads them: the local cloud finds its service models next to its own module. */
function copyModels(): void {
  cpSync(join(root, "stacks/local/models/data"), join(dist, "bundles/data"), { recursive: true });
}

/** The bundled blueprints as any catalog lists its own: they are searched, and compared with what is installed, by it. */
async function buildIndexOfBundled(): Promise<void> {
  const { text } = await buildIndex(join(root, "blueprints"), { name: "bundled" });
  writeFileSync(join(dist, "catalog.json"), text);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await Promise.all([
  buildCommand(),
  buildProcesses(),
  buildSeldom(),
  buildFunctions(),
  buildSdk(),
  buildRuntime(),
  buildIndexOfBundled(),
]);
copyStarters();
copyModels();
rmSync(wanted, { recursive: true, force: true });
renameSync(dist, wanted);
