/** Why a system makes no user namespaces for ordinary users, which the sandboxes of Linux are made of. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What administrators and distributions set: Ubuntu the first. By which value they forbid, and by which they allow. */
const settings: readonly (readonly [file: string, forbids: string, allows: string])[] = [
  ["kernel/apparmor_restrict_unprivileged_userns", "1", "0, or AppArmor allow `userns` to bwrap"],
  ["kernel/unprivileged_userns_clone", "0", "1"],
  ["user/max_user_namespaces", "0", "10000"],
];

/** A sentence a setting that forbids them, with what its administrator can do. `sys` is /proc/sys, but for tests. */
export function forbidden(sys = "/proc/sys"): string[] {
  return settings
    .filter(([file, forbids]) => read(join(sys, file)) === forbids)
    .map(([file, value, allows]) => {
      const name = file.replace("/", ".");
      return `user namespaces are forbidden (sysctl ${name} is ${value}; this computer's administrator may set it to ${allows})`;
    });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
