/**
 * How everything here is bundled: esbuild's options, what is left out of the bundle, what is loaded late. The build uses
 * it, and the benchmarks, which have to measure what is shipped.
 */
import { dirname } from "node:path";
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
 * Taken as a CommonJS module, each is read when it is used. For functions, too, whose cold start it is a quarter of.
 */
export const lazyBuiltins: Plugin = {
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

/** What a dependency loads at once and few runs use, by the end of its path. */
const seldom = [
  /@grpc\/grpc-js\/build\/src\/index\.js$/,
  /@pulumi\/pulumi\/proto\/\w+_grpc_pb\.js$/,
  // Finds what packages a serialised function needs.
  /\/normalize-package-data\/lib\/normalize\.js$/,
  /@pulumi\/pulumi\/runtime\/callbacks\.js$/,
  /@pulumi\/pulumi\/provider\/(index|server)\.js$/,
  // Runs the official engine's command.
  /\/execa\/index\.js$/,
];

/**
 * Loads those when something of them is first asked for. A CommonJS module in the bundle is a function that is run when
 * it is required; here it is run one step later. Its importers must take it whole (`import grpc from`), not by names.
 */
const late: Plugin = {
  name: "late",
  setup({ onResolve, onLoad, resolve }) {
    onResolve(
      { filter: /grpc|normalize-package-data|callbacks|provider|execa/ },
      async ({ path, pluginData, ...from }) => {
        if (pluginData === late || from.kind === "entry-point" || from.namespace === "late") return undefined;
        const found = await resolve(path, { ...from, pluginData: late });
        return seldom.some((end) => end.test(found.path)) ? { path: found.path, namespace: "late" } : undefined;
      },
    );
    onLoad({ filter: /./, namespace: "late" }, ({ path }) => ({
      contents: `let real; const load = () => (real ??= require(${JSON.stringify(path)}));
        module.exports = new Proxy(function () {}, {
          get: (_, name) => name === "__esModule" ? true : name === "default" && !load().__esModule ? load() : load()[name],
          apply: (_, self, args) => Reflect.apply(load(), self, args),
          has: (_, name) => name in load(),
        });`,
      loader: "js",
      resolveDir: dirname(path),
    }));
  },
};

/**
 * AWS's services that few operations ask. Their clients are a file of their own beside the bundles, one for all of those,
 * which is read when the first of them is asked for: every start would read them all.
 */
export const seldomClients = [
  "@aws-sdk/client-account",
  "@aws-sdk/client-acm",
  "@aws-sdk/client-apigatewayv2",
  "@aws-sdk/client-budgets",
  "@aws-sdk/client-cloudfront",
  "@aws-sdk/client-cloudwatch",
  "@aws-sdk/client-cost-explorer",
  "@aws-sdk/client-organizations",
  "@aws-sdk/client-route-53",
  "@aws-sdk/client-service-quotas",
];

/** Its name without an ending, in `bundles/`. */
export const seldomFile = "seldom-clients";

/** Of the bundles that are one file each: a client of those is taken from that file, and runs when it is asked for. */
export const seldomApart: Plugin = {
  name: "seldom-apart",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/client-/ }, ({ path }) =>
      seldomClients.includes(path) ? { path, namespace: "seldom-apart" } : undefined,
    );
    onLoad({ filter: /./, namespace: "seldom-apart" }, ({ path }) => ({
      contents: `module.exports = require(require("node:path").join(__dirname, "${seldomFile}.cjs"))[${JSON.stringify(path)}];`,
      loader: "js",
    }));
  },
};

/** What that file holds. */
export const seldomSource: string = `module.exports = {${seldomClients
  .map((name) => `get ${JSON.stringify(name)}() { return require(${JSON.stringify(name)}); }`)
  .join(", ")}};`;

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

/** One file of CommonJS, run by code-cache.cjs: a process of its own that loads nearly all of its bundle. */
export const standalone: BuildOptions = {
  ...common,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  banner: {
    js: '(function(exports,require,module,__filename,__dirname){const __url=require("node:url").pathToFileURL(__filename).href;',
  },
  footer: { js: "})" },
  define: { ...common.define, "import.meta.url": "__url", "import.meta.dirname": "__dirname" },
};

/** Of every bundle that has Pulumi's SDK in it. */
export const plugins: Plugin[] = [stub, lazyBuiltins, late];
