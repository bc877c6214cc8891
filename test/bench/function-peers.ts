/**
 * Other local Lambdas with one hello function each, installed from the registry into a temporary folder for the bench
 * alone. What cannot be had is said and left out.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "../support/listen.ts";
import { installPackages } from "./installed.ts";

export interface Peer {
  name: string;
  url: string;
  stop(): void;
}

interface Recipe {
  name: string;
  packages: string[];
  files: Record<string, string>;
  /** Arguments of `node`, in the peer's folder. */
  args(port: number): string[];
  path: string;
}

const handler = `exports.handler = async () => ({ statusCode: 200, body: "hello" });`;
const recipes: readonly Recipe[] = [
  {
    // No local Lambda: what a request costs on this machine before anybody does anything for it.
    name: "bare node:http",
    packages: [],
    files: {
      "server.js":
        "require('node:http').createServer((_, answer) => answer.end('hello')).listen(process.argv[2], '127.0.0.1');",
    },
    args: (port) => ["server.js", String(port)],
    path: "/",
  },
  {
    name: "serverless-offline",
    packages: ["serverless@3.40.0", "serverless-offline@13.9.0"],
    files: {
      "index.js": handler,
      "serverless.yml":
        "service: bench\nframeworkVersion: '3'\nprovider: { name: aws, runtime: nodejs20.x }\nplugins: [serverless-offline]\n" +
        "functions: { hello: { handler: index.handler, events: [{ httpApi: 'GET /' }] } }\n",
    },
    args: (port) => [
      ...["node_modules/serverless/bin/serverless.js", "offline", "--host", "127.0.0.1"],
      ...["--httpPort", String(port), "--lambdaPort", "0", "--noTimeout"],
    ],
    path: "/",
  },
  {
    name: "@architect/sandbox",
    packages: ["@architect/sandbox@8"],
    files: {
      "app.arc": "@app\nbench\n\n@http\nget /\n",
      "src/http/get-index/index.js": handler,
      "start.js":
        "require('@architect/sandbox').start({ port: Number(process.argv[2]), quiet: true }).catch((e) => { console.error(e); process.exit(1); });",
    },
    args: (port) => ["start.js", String(port)],
    path: "/",
  },
  {
    name: "lambda-local",
    packages: ["lambda-local@2"],
    files: { "index.js": handler },
    args: (port) => [
      ...["node_modules/lambda-local/build/cli.js", "-l", "index.js", "-h", "handler", "--watch", String(port)],
    ],
    path: "/",
  },
];

/** One after another; moto is not among them: it runs functions in Docker only. */
export async function startPeers(): Promise<Peer[]> {
  process.stderr.write("  moto: left out, it runs functions in Docker only\n");
  const peers: Peer[] = [];
  for (const recipe of recipes)
    try {
      peers.push(await startPeer(recipe));
    } catch (error) {
      process.stderr.write(`  ${recipe.name}: LEFT OUT, ${(error as Error).message}\n`);
    }
  return peers;
}

async function startPeer({ name, packages, files, args, path }: Recipe): Promise<Peer> {
  const dir = mkdtempSync(join(tmpdir(), "freehold-peer-"));
  let child: ChildProcess | undefined;
  const stop = (): void => {
    child?.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    for (const [file, text] of Object.entries({ "package.json": "{}", ...files })) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    }
    const env = { PATH: process.env["PATH"], HOME: dir, SLS_TELEMETRY_DISABLED: "1", SLS_NOTIFICATIONS_MODE: "off" };
    if (packages.length > 0) await installPackages(dir, packages);
    const port = await freePort();
    child = spawn(process.execPath, args(port), { cwd: dir, env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr!.on("data", (chunk) => (said = `${said}${chunk}`.slice(-300)));
    const url = `http://127.0.0.1:${port}${path}`;
    await answers(url, child, () => said);
    return { name, url, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

async function answers(url: string, child: ChildProcess, said: () => string): Promise<void> {
  const until = performance.now() + 60_000;
  for (;;) {
    const status = await fetch(url).then(
      ({ status }) => status,
      () => 0,
    );
    if (status === 200) return;
    if (child.exitCode !== null || performance.now() > until)
      throw new Error(`it did not answer (${status}): ${said().trim()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
