/**
 * The root folder that fenced commands see: empty places to mount on, links as the system has them, and the few files
 * of /etc that programs ask for. One folder a cloud, made once; what is mounted on it is each sandbox's.
 */
import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Place } from "./fence.ts";

export interface Skeleton {
  readonly dir: string;
  /** The system's own, to be read: programs, libraries, certificates. */
  readonly system: readonly Place[];
  readonly devices: readonly string[];
  /** Makes a place to mount on, file or folder as the outside is. */
  place(place: Place): void;
}

/** Links where /usr is merged, folders elsewhere. */
const rootFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];
const readable = [
  "/usr",
  "/nix/store",
  "/gnu/store",
  "/etc/ld.so.cache",
  "/etc/alternatives",
  "/etc/ca-certificates",
  "/etc/ssl/certs",
  "/etc/ssl/openssl.cnf",
  "/etc/pki/ca-trust/extracted",
  "/etc/pki/tls/certs",
];
const devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];
const links = [
  ["/proc/self/fd", "dev/fd"],
  ["/proc/self/fd/0", "dev/stdin"],
  ["/proc/self/fd/1", "dev/stdout"],
  ["/proc/self/fd/2", "dev/stderr"],
] as const;
/** Lambda's user; where only the owner's number can be given, it has the name, too. */
const files: Record<string, string> = {
  "etc/hosts": "127.0.0.1\tlocalhost sandbox.localdomain sandbox\n::1\tlocalhost\n",
  "etc/passwd": "root:x:0:0:root:/tmp:/sbin/nologin\nsbx_user1051:x:993:990::/tmp:/sbin/nologin\n",
  "etc/group": "root:x:0:\nsbx_user1051:x:990:\n",
  // Where the system has it, `myhostname` knows every name under .localhost.
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files myhostname dns\n",
  "etc/resolv.conf": "",
};

/** Replaces what an earlier process left. */
export function makeSkeleton(dir: string): Skeleton {
  rmSync(dir, { recursive: true, force: true });
  for (const folder of ["dev", "etc", "opt", "proc", "tmp", "var/task", "var/runtime", "var/lang/bin"])
    makeFolder(join(dir, folder));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text, { mode: 0o600 });
  for (const [to, name] of links) symlinkSync(to, join(dir, name));
  const place = ({ outside, inside }: Place): void => {
    const at = join(dir, inside);
    if (existsSync(at)) return;
    if (statSync(outside).isDirectory()) makeFolder(at);
    else {
      makeFolder(dirname(at));
      writeFileSync(at, "", { mode: 0o600 });
    }
  };
  const system = [...rootFolders.map((name) => `/${name}`).filter((path) => !linked(dir, path)), ...readable]
    .filter((path) => existsSync(path))
    .map((path) => ({ outside: path, inside: path }));
  for (const one of [...system, ...devices.map((path) => ({ outside: path, inside: path }))]) place(one);
  return { dir, system, devices, place };
}

/** Whatever the umask says. Inside, everything is the owner's, too. */
const makeFolder = (path: string): void => void mkdirSync(path, { recursive: true, mode: 0o700 });

function linked(dir: string, path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return false;
  symlinkSync(readlinkSync(path), join(dir, path));
  return true;
}
