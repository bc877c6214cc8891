/**
 * Builds `dist/`: the command in split chunks, the worker, the local cloud, the functions that ship with every cloud,
 * and the AWS SDK as functions find it. Everything a person runs is in `dist/` and `blueprints/`; nothing is fetched.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = join(root, "dist");
/** Built aside and put in place whole: a build that fails leaves the last one working. */
const dist = join(root, "node_modules/.freehold-build");
const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;

/** Modules a dependency loads and we never reach, each with the reason why it is safe to leave out. */
const stubs: Record<string, string> = {
  "react-devtools-core": "Ink's debugger; only with DEV=true",
  "@npmcli/arborist": "Pulumi's closure serialisation, which packs programs' node_modules: we have no closures",
  "typescript-shim": "the same: compiles serialised closures",
  "ts-node": "the same: runs programs written in TypeScript from source",
  "require-from-string": "the same",
  "@opentelemetry/exporter-zipkin": "Pulumi's own tracing, off unless PULUMI_NODEJS_TRACING is set",
  "@opentelemetry/exporter-trace-otlp-grpc": "the same",
  "@opentelemetry/instrumentation-grpc": "the same",
  "@opentelemetry/instrumentation": "the same",
  "@opentelemetry/sdk-trace-node": "the same",
  "@logdna/tail-file": "Pulumi's file event log; ours comes over gRPC",
};

const stub: Plugin = {
  name: "stub",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path }) => {
      const name = path.includes("typescript-shim") ? "typescript-shim" : path;
      return name in stubs ? { path: name, namespace: "stub" } : undefined;
    });
    // A Proxy of itself: property reads and `new` at load time give more of the same, a call says what is missing.
    onLoad({ filter: /./, namespace: "stub" }, ({ path }) => ({
      contents: `class Absent {} ; module.exports = new Proxy(function(){}, { get: (t, k) => k === "__esModule" ? false : k === "default" ? module.exports : class extends Absent { constructor() { super(); throw new Error(${JSON.stringify(`${path} is not part of Freehold`)}); } } });`,
      loader: "js",
    }));
  },
};

/**
 * `import "node:http"` reads every export of it, and some of them load a whole HTTP client (40 ms of CPU, 2026-11-24).
 * Taken as a CommonJS module, each is read when it is used.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?(http|https|http2)$/ }, ({ path }) => ({
      path: path.replace(/^node:/, ""),
      namespace: "lazy-builtin",
    }));
    onLoad({ filter: /./, namespace: "lazy-builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("node:${path}");`,
      loader: "js",
    }));
  },
};

const common: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  minify: true,
  keepNames: false,
  legalComments: "none",
  logLevel: "warning",
  outExtension: { ".js": ".mjs" },
  // ES modules where a package has them: names can be imported from them, also by await import().
  mainFields: ["module", "main"],
  define: { "process.env.FREEHOLD_VERSION": JSON.stringify(version), "process.env.NODE_ENV": '"production"' },
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
};

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
  const entries: Record<string, string> = {
    main: "cli/main.ts",
    worker: "cli/worker.ts",
    "local-cloud": "stacks/local/main.ts",
  };
  const present = Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(join(root, file))));
  const result = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: present,
    outdir: dist,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    metafile: true,
    jsx: "automatic",
    plugins: [stub, lazyBuiltins],
  });
  writeFileSync(join(dist, "meta.json"), JSON.stringify(result.metafile));
  cpSync(join(root, "cli/freehold.cjs"), join(dist, "freehold.cjs"));
}

/** Each folder of stacks/functions is one zip's content: one self-contained module. */
async function buildFunctions(): Promise<void> {
  const folder = join(root, "stacks/functions");
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "index.ts")));
  for (const name of names)
    await build({
      ...common,
      banner: {},
      absWorkingDir: root,
      entryPoints: [join(folder, name, "index.ts")],
      outfile: join(dist, "functions", name, "index.mjs"),
      outExtension: {},
    });
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

function copyRuntime(): void {
  const from = join(root, "stacks/local/lambda/runtime");
  if (existsSync(from)) cpSync(from, join(dist, "runtime"), { recursive: true });
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await Promise.all([buildCommand(), buildFunctions(), buildSdk()]);
copyRuntime();
rmSync(wanted, { recursive: true, force: true });
renameSync(dist, wanted);
