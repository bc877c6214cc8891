/**
 * How everything here is bundled: esbuild's options, what is left out of the bundle, what is loaded late. The build uses
 * it, and the benchmarks, which have to measure what is shipped.
 */
import type { BuildOptions, Plugin } from "esbuild";

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

export const common: BuildOptions = {
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
  define: { "process.env.NODE_ENV": '"production"' },
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
};

/** Of every bundle that has Pulumi's SDK in it. */
export const plugins: Plugin[] = [stub, lazyBuiltins];
