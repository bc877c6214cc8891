/** A new, empty FREEHOLD_HOME and the built command in it: what journeys and benches run. */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const freehold = join(root, "dist/freehold.cjs");

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  /** Whole process, milliseconds. */
  ms: number;
}

export function run(
  args: string[],
  env: NodeJS.ProcessEnv,
  options: { cwd?: string; command?: string; stdin?: string } = {},
): Promise<Finished> {
  const started = performance.now();
  const child = spawn(options.command ?? process.execPath, args, {
    env,
    cwd: options.cwd,
    stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(options.stdin);
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (chunk) => (stdout += chunk));
  child.stderr!.on("data", (chunk) => (stderr += chunk));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? -1, stdout, stderr, ms: performance.now() - started }));
  });
}

/** Runs without anything of this machine's own: no AWS, Pulumi or Freehold variables, no terminal. */
export async function withHome(options: { entry?: string; env?: NodeJS.ProcessEnv } = {}) {
  const dir = await mkdtemp(join(tmpdir(), "freehold-home-"));
  const entry = options.entry ?? freehold;
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: dir,
    FREEHOLD_HOME: join(dir, "freehold"),
    CI: "1",
    // A second app in each cloud would make the suite slower, and counts of what is there longer; some go without this.
    FREEHOLD_NO_HOME: "1",
    // Homes of tests run side by side, and stop and start their clouds: none may sit on another's port meanwhile.
    FREEHOLD_PORT: String(randomInt(20_000, 32_000)),
    ...options.env,
  };
  /** Whatever it ends with. */
  const attempt = (...args: string[]): Promise<Finished> => run([entry, ...args], env, { cwd: dir });
  return {
    dir,
    env,
    entry,
    attempt,
    /** Throws with everything it printed when it does not end with 0. */
    async freehold(...args: string[]): Promise<Finished> {
      const finished = await attempt(...args);
      if (finished.code !== 0)
        throw new Error(`freehold ${args.join(" ")} ended with ${finished.code}\n${finished.stdout}${finished.stderr}`);
      return finished;
    },
    /** With this on stdin. Throws as above. */
    async pipe(stdin: string, ...args: string[]): Promise<Finished> {
      const finished = await run([entry, ...args], env, { cwd: dir, stdin });
      if (finished.code !== 0)
        throw new Error(`freehold ${args.join(" ")} ended with ${finished.code}\n${finished.stderr}`);
      return finished;
    },
    /** Of a query: the document. */
    async json<T = any>(...args: string[]): Promise<T> {
      return JSON.parse((await this.freehold(...args, "--json")).stdout);
    },
    /** Of an operation: all its events. */
    async events<T = any>(...args: string[]): Promise<T[]> {
      const { stdout } = await this.freehold(...args, "--json");
      return stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    },
    async close(): Promise<void> {
      await attempt("cloud", "stop", "--all");
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export type Home = Awaited<ReturnType<typeof withHome>>;

/** An operation's last event, its result. */
export const resultOf = (events: any[]): any => events.at(-1);

/** What was done to resources of the cloud, other than to leave them as they are: `OP KIND`, once each. */
export function changesOf(events: any[]): string[] {
  const done = events.filter(
    ({ type, op, phase, kind }) =>
      type === "resource" && phase !== "waiting" && op !== "same" && kind.startsWith("aws:"),
  );
  return [...new Set(done.map(({ op, kind }) => `${op} ${kind}`))];
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A request to an app's address; Node does not resolve `*.localhost`, so it connects to 127.0.0.1 and sets Host. */
export function ask(
  address: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  const url = new URL(address);
  return new Promise((resolve, reject) => {
    request(
      {
        host: "127.0.0.1",
        port: url.port,
        method: options.method ?? "GET",
        path: url.pathname + url.search,
        headers: { host: url.host, ...options.headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString("utf8"),
          }),
        );
        response.on("error", reject);
      },
    )
      .on("error", reject)
      .end(options.body);
  });
}

/** Cookies of a browser, by host: without `Domain`, which nothing here sets. */
function cookieJar() {
  const jar = new Map<string, Map<string, string>>();
  const of = (address: string): Map<string, string> => {
    const { host } = new URL(address);
    if (!jar.has(host)) jar.set(host, new Map());
    return jar.get(host)!;
  };
  return {
    keep(address: string, { headers }: Answer): void {
      for (const line of [headers["set-cookie"]].flat()) {
        const [, name = "", value = "", rest = ""] = /^([^=;]+)=([^;]*)(.*)$/.exec(line ?? "") ?? [];
        if (/;\s*max-age=0\b/i.test(rest)) of(address).delete(name);
        else if (name !== "") of(address).set(name, value);
      }
    },
    header: (address: string): string => [...of(address)].map(([name, value]) => `${name}=${value}`).join("; "),
  };
}

/** The answers that lead nowhere else are the last. */
const isRedirect = ({ status }: Answer): boolean => [301, 302, 303, 307, 308].includes(status);

/**
 * Opens a one-use link as a browser would, and goes where it leads until an app has its session. Answers the Cookie
 * header it earned there.
 */
export async function signIn(link: string): Promise<string> {
  const jar = cookieJar();
  const first = new URL(link).host;
  let address = link;
  for (let hops = 0; hops < 10; hops++) {
    const sent = jar.header(address);
    const answer = await ask(address, { headers: sent ? { cookie: sent } : {} });
    jar.keep(address, answer);
    const earned = jar.header(address);
    if (new URL(address).host !== first && /(^|; )__Host-session=/.test(earned)) return earned;
    if (!isRedirect(answer))
      throw new Error(`signing in ended with ${answer.status} at ${address}: ${answer.text.slice(0, 300)}`);
    address = new URL(String(answer.headers["location"]), address).href;
  }
  throw new Error("signing in goes round in circles");
}
