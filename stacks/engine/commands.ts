/** Every command the engine carries out, one line each. Deployments are in operation.ts, the others in commands/. */
import { type CommandLine, isSet } from "./cli.ts";
import * as config from "./commands/config.ts";
import { helpText } from "./commands/help.ts";
import * as plugins from "./commands/plugins.ts";
import * as stacks from "./commands/stacks.ts";
import * as here from "./commands/surroundings.ts";
import type { Command } from "./commands/text.ts";
import { exportStack, importStack } from "./commands/transfer.ts";
import type { Session } from "./session.ts";

/** Brings gRPC and the SDK's messages, which no other command needs: a quarter of a second (2026-11-26). */
async function operate(session: Session): Promise<void> {
  await (await import("./operation.ts")).operate(session);
}

const nothing: Command = async () => undefined;

export const table: { readonly [command: string]: Command } = {
  up: operate,
  preview: operate,
  refresh: operate,
  destroy: async (s, line) => {
    await operate(s);
    if (isSet(line, "--remove")) await stacks.removeStack(s, line);
  },
  import: operate,
  cancel: here.cancel,
  version: async (s) => s.init.out(`v${s.init.version}\n`),
  help: async (s: Session, line: CommandLine) => s.init.out(helpText(line.positional)),
  whoami: here.whoami,
  login: here.login,
  logout: here.logout,
  install: nothing,
  "org get-default": here.noOrganizations,
  "org set-default": here.noOrganizations,
  "plugin install": plugins.installPlugin,
  "plugin rm": plugins.removePlugin,
  "plugin ls": plugins.listPlugins,
  stack: stacks.showStack,
  "stack init": stacks.initStack,
  "stack select": stacks.selectStack,
  "stack unselect": async (s) => s.select(undefined),
  "stack rm": stacks.removeStack,
  "stack ls": stacks.listStacks,
  "stack export": exportStack,
  "stack import": importStack,
  "stack output": stacks.outputs,
  "stack history": stacks.history,
  "stack rename": stacks.renameStack,
  "stack tag get": here.tagGet,
  "stack tag set": here.tagSet,
  "stack tag rm": here.tagRemove,
  "stack tag ls": here.tagList,
  config: config.listConfig,
  "config get": config.getConfig,
  "config set": config.setConfig,
  "config set-all": config.setAllConfig,
  "config rm": config.removeConfig,
  "config rm-all": config.removeConfig,
  "config refresh": config.refreshConfig,
  "config cp": config.copyConfig,
};
