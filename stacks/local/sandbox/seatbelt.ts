/**
 * A fence on macOS: sandbox-exec with a profile that denies what it does not name. Paths stay the computer's own. Not
 * tried on a Mac; the profile's text is tested.
 */
import type { Fence, Launch, Sandbox } from "./fence.ts";
import type { Tools } from "./tools.ts";

const system = [
  "/usr/lib",
  "/usr/bin",
  "/bin",
  "/usr/share",
  "/System",
  "/Library/Apple",
  "/private/etc/ssl",
  "/private/var/db/dyld",
  "/private/var/db/timezone",
  "/dev/null",
  "/dev/zero",
  "/dev/random",
  "/dev/urandom",
];

export function seatbelt({ "sandbox-exec": tool }: Tools): Sandbox {
  if (!tool) throw new Error("sandbox-exec is not there");
  return {
    kind: "sandbox-exec",
    ownPaths: false,
    ownNetwork: false,
    launch(fence): Launch {
      const [file, ...args] = [tool, "-p", seatbeltProfile(fence), ...fence.command];
      return { file: file!, args, env: { ...fence.environment }, cwd: fence.cwd };
    },
  };
}

/** A string of the profile's language, which is Scheme's. */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, (letter) => `\\${letter}`)}"`;

export function seatbeltProfile({ reads, tmpDir, ports }: Fence): string {
  const readable = [...system, ...reads.map(({ outside }) => outside), tmpDir];
  // Programs ask what the folders above theirs are, though not what is in them.
  const above = new Set(readable.flatMap(parents));
  return [
    "(version 1)",
    "(deny default)",
    "(allow process-fork)",
    `(allow process-exec* (subpath "/usr/bin") (subpath "/bin") ${reads.map(({ outside }) => `(subpath ${quoted(outside)})`).join(" ")})`,
    "(allow signal (target same-sandbox))",
    "(allow process-info* (target same-sandbox))",
    "(allow sysctl-read)",
    '(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.system.logger"))',
    `(allow file-read-metadata ${[...above].map((path) => `(literal ${quoted(path)})`).join(" ")})`,
    `(allow file-read* ${readable.map((path) => `(subpath ${quoted(path)})`).join(" ")})`,
    `(allow file-write* (subpath ${quoted(tmpDir)}) (literal "/dev/null"))`,
    ...ports.map((port) => `(allow network-outbound (remote ip "localhost:${port}"))`),
    "",
  ].join("\n");
}

function parents(path: string): string[] {
  const parts = path.split("/").filter(Boolean);
  return parts.map((_, index) => `/${parts.slice(0, index).join("/")}`);
}
