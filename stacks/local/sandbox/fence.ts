/**
 * The words of this room: what a fenced command may read and use, and what a sandbox makes of it. And the little shell
 * that stands between the fence and the command: limits, then the command's own environment, which nothing outside the
 * fence may see, for LD_PRELOAD in it would run before there is one.
 */
export const sandboxKinds = ["bubblewrap", "namespaces", "sandbox-exec", "none"] as const;
export type SandboxKind = (typeof sandboxKinds)[number];

/** A file or folder of this computer, and where it is seen inside. */
export interface Place {
  outside: string;
  inside: string;
}

export interface Fence {
  /** Everything it can read besides the system's programs and libraries. */
  reads: readonly Place[];
  /** How much /tmp holds. */
  tmpBytes: number;
  /** Where its temporary files are when the sandbox has no /tmp of its own. */
  tmpDir: string;
  /** As it is seen inside. */
  cwd: string;
  /** Most processes and threads at once. */
  processes: number;
  /** A process in the network namespace that it gets; undefined: the sandbox has no such thing. */
  networkOf: number | undefined;
  /** Ports of 127.0.0.1 that it may reach, where the sandbox is no network namespace. */
  ports: readonly number[];
  environment: Readonly<Record<string, string>>;
  command: readonly string[];
}

/** What is to be started, for `spawn`. */
export interface Launch {
  file: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
}

export interface Sandbox {
  readonly kind: SandboxKind;
  /** `none`: why there is no other. */
  readonly why?: string;
  /** Whether paths inside are its own (/var/task, /opt, /tmp) or the computer's. */
  readonly ownPaths: boolean;
  /** Whether it takes a network namespace. */
  readonly ownNetwork: boolean;
  launch(fence: Fence): Launch;
}

export const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** For the shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Lambda's own: 1,024 files. Shells name the limit of processes differently: -u, or -p in dash. */
const inner = [
  "ulimit -c 0",
  "ulimit -n 1024 2>/dev/null",
  'ulimit -u "$1" 2>/dev/null || ulimit -p "$1" 2>/dev/null',
  "shift",
  'fenced="$FREEHOLD_FENCED"',
  "unset FREEHOLD_FENCED PWD OLDPWD SHLVL",
  'eval "$fenced"',
  "unset fenced",
  'exec "$@"',
].join("\n");

/** The command with the shell before it, and the environment that carries the command's own. */
export function insideShell({ processes, command, environment }: Fence): {
  args: string[];
  env: Record<string, string>;
} {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return {
    args: ["/bin/sh", "-c", inner, "sh", String(processes), ...command],
    env: { PATH: systemPath, FREEHOLD_FENCED: exports.join("\n") },
  };
}
