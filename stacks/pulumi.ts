/**
 * The engine as a program of its own: argv, environment, streams, signals, exit code. `freehold engine install` writes
 * an executable that starts it. A first SIGINT cancels, a second one stops at once.
 */
import { text as readAll } from "node:stream/consumers";
import { pulumiVersion } from "./engine/version.ts";

const args = process.argv.slice(2);
const version = process.env.FREEHOLD_VERSION;
const writtenBy = process.env["FREEHOLD_ENGINE_WRITTEN_BY"];
// Between the executable and this very Freehold; no business of what is started from here.
delete process.env["FREEHOLD_ENGINE_WRITTEN_BY"];
// What the two say to each other may differ from one version to the next.
if (version !== undefined && writtenBy !== version) {
  process.stderr.write(
    `error: this pulumi was written by Freehold ${writtenBy ?? "of another version"}, and here is Freehold ${version} now. Write it again:\n\n    freehold engine install DIR\n`,
  );
  process.exit(255);
}
// Whatever the shell that started us says: state is its owner's.
process.umask(0o077);
// What reads us may go when it has seen enough; state does not depend on it.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

if (args.length === 1 && args[0] === "version") process.stdout.write(`v${pulumiVersion}\n`);
else void run().then(end);

async function run(): Promise<number> {
  const { runCommand } = await import("./engine/index.ts");
  const control = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      // 130: what a shell says of a program that SIGINT ended.
      if (control.signal.aborted) process.exit(130);
      process.stderr.write("^C received; canceling. If you would like to terminate immediately, press ^C again.\n");
      control.abort();
    });
  return runCommand(
    { providers: await providers() },
    {
      args,
      cwd: process.cwd(),
      env: process.env,
      out: (text) => void process.stdout.write(text),
      warn: (text) => void process.stderr.write(text),
      signal: control.signal,
      ...(process.stdin.isTTY ? {} : { readInput: () => readAll(process.stdin) }),
    },
  );
}

/** Only what deploys needs them; the rest of the commands start without. */
async function providers(): Promise<ReturnType<typeof import("./providers/index.ts").ownProviders>> {
  const { ownProviders } = await import("./providers/index.ts");
  return ownProviders(process.env as Record<string, string>);
}

/** With everything written, whatever connections are still open. */
async function end(code: number): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
  process.exit(code);
}
