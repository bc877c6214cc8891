/** A fence by bubblewrap: one program, a few milliseconds, no rights needed where user namespaces are allowed. */
import { type Fence, insideShell, type Launch, type Sandbox } from "./fence.ts";
import type { Skeleton } from "./skeleton.ts";
import { enterNetwork, type Tools } from "./tools.ts";

/** Nothing of the sandbox outlives the process that made it: the kernel ends its first process, and so all. */
const apart = [
  ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
  ...["--uid", "993", "--gid", "990", "--hostname", "lambda", "--cap-drop", "ALL", "--die-with-parent"],
];

export function bubblewrap(tools: Tools, skeleton: Skeleton): Sandbox {
  const { bwrap } = tools;
  if (!bwrap) throw new Error("bwrap is not installed");
  const start = [...apart, "--ro-bind", skeleton.dir, "/"];
  for (const { outside, inside } of skeleton.system) start.push("--ro-bind", outside, inside);
  for (const device of skeleton.devices) start.push("--dev-bind", device, device);
  // Read-only: without writing there no further user namespace can be set up, and no setting of the kernel changed.
  start.push("--proc", "/proc", "--remount-ro", "/proc");

  return {
    kind: "bubblewrap",
    ownPaths: true,
    ownNetwork: true,
    launch(fence: Fence): Launch {
      // First: what is read may lie below it.
      const args = [bwrap, ...start, "--perms", "0700", "--size", String(fence.tmpBytes), "--tmpfs", "/tmp"];
      for (const place of fence.reads) {
        skeleton.place(place);
        args.push("--ro-bind", place.outside, place.inside);
      }
      args.push("--chdir", fence.cwd, "--");
      const inside = insideShell(fence);
      const [file, ...rest] = [...enterNetwork(tools, fence.networkOf), ...args, ...inside.args];
      return { file: file!, args: rest, env: inside.env, cwd: "/" };
    },
  };
}
