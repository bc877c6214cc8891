/**
 * One plugin process: started without a shell in a process group of its own, known by the port it prints on the first
 * line of its standard output, ended by a signal and then by force. What it prints besides is kept for when it fails.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Guard } from "./guard.ts";
import { sanitized } from "./status.ts";

export interface Launch {
  /** `pulumi-resource-test`: how messages name it. */
  label: string;
  command: string;
  args: string[];
  cwd: string;
  env: { [name: string]: string };
  guard: Guard;
  /** Milliseconds it has to print its port. */
  portWithin: number;
  /** Milliseconds between the signal to end and force. */
  endWithin: number;
}

const lineLimit = 4_096;
const tailLimit = 8_192;

/** The end of what a stream said, whatever it floods. */
class Tail {
  private text = "";
  constructor(stream: Readable) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      this.text = (this.text + chunk).slice(-tailLimit);
    });
    stream.on("error", () => undefined);
  }
  /** Its last lines, indented. */
  shown(): string {
    const lines = sanitized(this.text).trimEnd().split("\n").slice(-12);
    return lines.map((line) => `\n    ${line.slice(0, 400)}`).join("");
  }
  get empty(): boolean {
    return this.text.trim() === "";
  }
}

export class PluginProcess {
  readonly port: Promise<number>;
  /** Resolves when it has ended, with how: `exit code 3` or `signal SIGKILL`. */
  readonly ended: Promise<string>;
  private how: string | undefined;
  private readonly launch: Launch;
  private readonly child: ChildProcess;
  private readonly stderr: Tail;
  private readonly stdout: Tail;

  constructor(launch: Launch) {
    this.launch = launch;
    const { command, args, cwd, env, guard } = launch;
    this.child = spawn(command, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.child.stdin!.on("error", () => undefined);
    const group = this.child.pid;
    if (group !== undefined) guard.add(group);
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.how ??= how;
        resolve(this.how);
      };
      this.child.on("error", (cause: NodeJS.ErrnoException) => end(`could not be started: ${cause.code ?? "error"}`));
      // Not `close`: a child of its own may hold the streams open.
      this.child.on("exit", (code, signal) => {
        if (group !== undefined) this.reap(group);
        end(signal ? `signal ${signal}` : `exit code ${code}`);
      });
    });
    this.stderr = new Tail(this.child.stderr!);
    this.stdout = new Tail(this.child.stdout!);
    this.port = this.readPort();
    this.port.catch(() => undefined);
  }

  get alive(): boolean {
    return this.how === undefined;
  }

  /** Why it is gone, with the last it said; undefined while it lives. */
  epitaph(): string | undefined {
    if (this.how === undefined) return undefined;
    return `plugin ${this.launch.label} exited prematurely (${this.how})${this.lastWords()}`;
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    this.child.stdin!.end();
    this.signal("SIGINT");
    const timer = setTimeout(() => this.signal("SIGKILL"), this.launch.endWithin);
    await this.ended;
    clearTimeout(timer);
  }

  /** At once: it has not become of use. */
  kill(): void {
    if (this.alive) this.signal("SIGKILL");
  }

  private signal(name: NodeJS.Signals): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, name);
    } catch {
      // Ended in this moment.
    }
  }

  /** What it started must not outlive it either. */
  private reap(group: number): void {
    this.signal("SIGKILL");
    this.launch.guard.remove(group);
  }

  private lastWords(): string {
    const from = this.stderr.empty ? this.stdout : this.stderr;
    return from.empty ? "" : `; the last it said:${from.shown()}`;
  }

  private readPort(): Promise<number> {
    const { label, portWithin } = this.launch;
    return new Promise((resolve, reject) => {
      let line = "";
      const over = (settle: () => void): void => {
        clearTimeout(timer);
        this.child.stdout!.off("data", onData);
        settle();
      };
      const fail = (message: string): void => over(() => reject(new Error(message)));
      const onData = (chunk: string): void => {
        line += chunk;
        const end = line.indexOf("\n");
        if (end < 0 && line.length < lineLimit) return;
        const said = sanitized(end < 0 ? line : line.slice(0, end)).trim();
        const port = /^\d{1,5}$/.test(said) ? Number(said) : 0;
        if (port > 0 && port < 65_536) over(() => resolve(port));
        else
          fail(
            `plugin ${label} wrote an invalid port to stdout: '${said.slice(0, 200)}'; it must print the port it serves`,
          );
      };
      const timer = setTimeout(
        () => fail(`plugin ${label} printed no port within ${Math.round(portWithin / 1000)} s${this.lastWords()}`),
        portWithin,
      );
      this.child.stdout!.on("data", onData);
      void this.ended.then(() => setImmediate(() => fail(this.epitaph()!)));
    });
  }
}
