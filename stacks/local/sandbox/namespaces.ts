/**
 * The same fence without bubblewrap: util-linux's unshare, mount, pivot_root and setpriv, one after the other. A few
 * milliseconds slower, for each is a program of its own.
 */
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fence, insideShell, type Launch, type Sandbox } from "./fence.ts";
import type { Skeleton } from "./skeleton.ts";
import { enterNetwork, type Tools } from "./tools.ts";

/** Runs with all rights inside its own user namespace, on nothing but our own words; the command has none left. */
const script = [
  "set -e",
  'root="$1" table="$2" cwd="$3"',
  "shift 3",
  'mount -n --all --fstab "$table"',
  'cd "$root"',
  // The old root is on top of the new one, and goes: nothing of the computer is left to climb to.
  "pivot_root . .",
  "umount -n -l .",
  'cd "$cwd"',
  // Stays as the first process, which no signal from inside ends, and takes in who is left behind.
  '"$@"',
  "exit $?",
].join("\n");

const bind = (outside: string, at: string, options: string): string =>
  `${escaped(outside)} ${escaped(at)} none bind,${options} 0 0`;

/** In /tmp, which is empty, a place has to be made. */
const read = "ro,nosuid,nodev";
const readOf = (inside: string): string => (inside.startsWith("/tmp/") ? `${read},X-mount.mkdir` : read);

/** As fstab(5) has it. */
function escaped(path: string): string {
  return path.replace(/[\s\\#]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

/** `tablesDir` holds a table of mounts for each different fence. */
export function namespaces(tools: Tools, skeleton: Skeleton, tablesDir: string): Sandbox {
  const { unshare, setpriv } = tools;
  if (!unshare || !setpriv || !tools.nsenter)
    throw new Error("util-linux's unshare, nsenter and setpriv are not there");
  rmSync(tablesDir, { recursive: true, force: true });
  mkdirSync(tablesDir, { recursive: true, mode: 0o700 });
  const written = new Set<string>();
  const at = (inside: string): string => join(skeleton.dir, inside);
  const system = [
    bind(skeleton.dir, skeleton.dir, read),
    ...skeleton.system.map(({ outside, inside }) => bind(outside, at(inside), read)),
    ...skeleton.devices.map((device) => bind(device, at(device), "nosuid")),
    `proc ${escaped(at("/proc"))} proc ro,nosuid,nodev,noexec 0 0`,
  ];

  const tableOf = ({ reads, tmpBytes }: Fence): string => {
    const lines = [
      ...system,
      // Before what is read, which may lie below it.
      `tmpfs ${escaped(at("/tmp"))} tmpfs nosuid,nodev,size=${tmpBytes},mode=700 0 0`,
      ...reads.map(({ outside, inside }) => bind(outside, at(inside), readOf(inside))),
    ];
    const text = `${lines.join("\n")}\n`;
    const file = join(tablesDir, createHash("sha256").update(text).digest("hex"));
    if (!written.has(file)) {
      for (const place of reads) skeleton.place(place);
      writeFileSync(file, text, { mode: 0o600 });
      written.add(file);
    }
    return file;
  };

  return {
    kind: "namespaces",
    ownPaths: true,
    ownNetwork: true,
    launch(fence: Fence): Launch {
      const inside = insideShell(fence);
      const [file, ...args] = [
        // What waits outside ends with the cloud, too; what is inside ends with what waits.
        ...[setpriv, "--pdeathsig", "KILL", "--"],
        ...enterNetwork(tools, fence.networkOf),
        ...[unshare, "--user", "--map-root-user", "--mount", "--propagation", "private", "--pid", "--fork"],
        ...["--kill-child", "--ipc", "--uts", "--cgroup", "/bin/sh", "-c", script, "sh"],
        ...[skeleton.dir, tableOf(fence), fence.cwd],
        ...[setpriv, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"],
        ...inside.args,
      ];
      return { file: file!, args, env: inside.env, cwd: "/" };
    },
  };
}
