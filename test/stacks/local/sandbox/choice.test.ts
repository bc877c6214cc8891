/** Which sandbox is chosen, and what is said where none works: an owner must learn why, and what to change. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { forbidden } from "../../../../stacks/local/sandbox/forbidden.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-choice-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const door = join(import.meta.dirname, "../../../../stacks/local/sandbox/index.ts");
const script = `
  const { chooseSandbox } = await import(${JSON.stringify(door)});
  const { sandbox, networks } = await chooseSandbox(${JSON.stringify(dir)}, []);
  console.log(JSON.stringify({ kind: sandbox.kind, why: sandbox.why }));
  networks?.close();`;
const node = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
const namespaces = spawnSync("unshare", ["-U", "-r", "true"]).status === 0;
if (!namespaces) process.stderr.write("SKIPPED: user namespaces are forbidden here, or unshare is not installed\n");

// A system that forbids what a sandbox needs is made inside a namespace, where the setting is ours to change.
test.skipIf(!namespaces)("where user namespaces are forbidden there is none, and the setting is named", () => {
  const shell = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
  const { stdout, stderr } = spawnSync("unshare", ["-U", "-r", "sh", "-c", shell, "sh", process.execPath, ...node]);
  const said = JSON.parse(stdout.toString() || `"${stderr}"`);
  expect(said.kind).toBe("none");
  expect(said.why).toMatch(/user namespaces are forbidden \(sysctl user.max_user_namespaces is 0; .*10000\)/);
  expect(said.why).toMatch(/namespaces: no network could be made/);
});

test.skipIf(!namespaces)("where they are allowed, one is chosen", () => {
  const { stdout } = spawnSync(process.execPath, node);
  expect(JSON.parse(stdout.toString())).toEqual({ kind: expect.stringMatching(/^(bubblewrap|namespaces)$/) });
});

// Ubuntu's kernel has a setting of its own: whoever meets it learns its name, and both ways out.
test("AppArmor's restriction is named where it is in force, and only there", () => {
  const sys = join(dir, "sys");
  mkdirSync(join(sys, "kernel"), { recursive: true });
  const set = (value: string) => writeFileSync(join(sys, "kernel/apparmor_restrict_unprivileged_userns"), value);
  set("1\n");
  expect(forbidden(sys)).toEqual([
    expect.stringMatching(/sysctl kernel.apparmor_restrict_unprivileged_userns is 1; .* 0, or AppArmor allow `userns`/),
  ]);
  set("0\n");
  expect(forbidden(sys)).toEqual([]);
});
