/** Tab in real shells, with the built command. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, it } from "vitest";
import { changeFile, copyCounter } from "../support/counter.ts";
import { freehold, type Home, withHome } from "../support/home.ts";
import { closeTerminals, openTerminal, terminalEnv } from "../support/terminal.ts";

let home: Home;

beforeAll(async () => {
  home = await withHome();
  const folder = join(home.dir, "anns");
  mkdirSync(folder);
  await copyCounter(folder);
  const manifest = join(await copyCounter(folder, "counting"), "blueprint.yaml");
  await changeFile(manifest, (text) => text.replace("name: counter", "name: counting"));
  await home.freehold("catalog", "build", folder);
  await home.freehold("catalog", "add", folder);
  mkdirSync(join(home.dir, "bin"));
  // As npm installs it: executable, by its own name.
  const command = `#!/bin/sh\nexec '${process.execPath}' '${freehold}' "$@"\n`;
  writeFileSync(join(home.dir, "bin/freehold"), command, { mode: 0o755 });
});
afterEach(closeTerminals);
afterAll(() => home.close());

const shells = {
  bash: { args: ["--norc", "--noprofile", "-i"], ready: "source <(freehold completion bash)" },
  zsh: { args: ["-f", "-i"], ready: "autoload -U compinit && compinit -u && source <(freehold completion zsh)" },
};

// A script that is right to read and wrong to a shell's eye helps nobody, so shells are asked.
it.each(["bash", "zsh"] as const)("completes in a real %s", async (shell) => {
  if (spawnSync(shell, ["-c", "true"]).error) {
    process.stderr.write(`SKIPPED: completion in ${shell}: ${shell} is not installed\n`);
    return;
  }
  writeFileSync(join(home.dir, "a-file.txt"), "");
  const env = terminalEnv(home, { PATH: `${join(home.dir, "bin")}:${process.env["PATH"]}`, PS1: "ready> " });
  const terminal = openTerminal(shells[shell].args, { command: shell, env, cwd: home.dir, patienceMs: 15_000 });
  await terminal.shows(/^ready>/m);
  terminal.type(`${shells[shell].ready} && echo is-"ready"\r`);
  await terminal.shows(/^is-ready/m);
  terminal.type("freehold comp\t");
  await terminal.shows(/freehold completion *$/m);
  terminal.type("z\t");
  await terminal.shows(/freehold completion zsh *$/m);
  terminal.keys("ctrl-u");
  terminal.type("freehold destroy --data=k\t");
  await terminal.shows(/freehold destroy --data=keep *$/m);
  terminal.keys("ctrl-u");
  terminal.type("freehold up not\t");
  await terminal.shows(/freehold up notes *$/m);
  terminal.keys("ctrl-u");
  // Names of catalogs, and of what is in them; behind a catalog's slash its names follow, without a space.
  terminal.type("freehold catalog rm a\t");
  await terminal.shows(/freehold catalog rm anns *$/m);
  terminal.keys("ctrl-u");
  terminal.type("freehold up ann\t");
  await terminal.shows(/freehold up anns\/ *$/m);
  terminal.type("countin\t");
  await terminal.shows(/freehold up anns\/counting *$/m);
  terminal.keys("ctrl-u");
  terminal.type("freehold info countin\t");
  await terminal.shows(/freehold info counting *$/m);
  terminal.keys("ctrl-u");
  // Where the table knows nothing, the shell's own: files.
  terminal.type("freehold up ./a-f\t");
  await terminal.shows(/freehold up \.\/a-file\.txt *$/m);
});
