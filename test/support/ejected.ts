/**
 * What `eject` leaves, as somebody who knows no Freehold goes on with it: a preview of the program as it stands there, with our
 * engine or, where there is one (FREEHOLD_TEST_PULUMI, else on PATH), with Pulumi's own.
 */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import ts from "typescript";
import { embeddedEngine } from "../../stacks/engine/index.ts";
import { ownProviders } from "../../stacks/providers/index.ts";
import { offline } from "../official/support/offline.ts";
import { serveProvider } from "../official/support/serve.ts";
import { root } from "./home.ts";
import { missing, pulumiCli } from "./tools.ts";

export type Engine = "own" | "official";

/** Both, or ours alone, loudly. */
export const engines = (): Engine[] =>
  missing(pulumiCli(), "Pulumi's own engine (FREEHOLD_TEST_PULUMI)") ? ["own"] : ["own", "official"];

export interface Leaver {
  cloud: string;
  passphraseFile: string;
  /** Where the cloud is and who asks, as for an SDK. */
  environment: Record<string, string>;
}

/** How many steps of each kind a preview in `dir` has; nothing but `same` is as it should be. */
export async function previewOf(dir: string, engine: Engine, leaver: Leaver): Promise<Record<string, number>> {
  const providers = ownProviders(leaver.environment);
  const packages = engine === "official" ? ["aws", "cloudflare"] : [];
  const servers = await Promise.all(packages.map((name) => serveProvider(providers(name)!)));
  const attached = servers.map(({ port }, at) => `${packages[at]}:${port}`).join();
  try {
    const pulumiCommand =
      engine === "official"
        ? await PulumiCommand.get({ root: resolve(pulumiCli()!, "../..") })
        : embeddedEngine({ providers });
    const stack = await LocalWorkspace.selectStack(
      {
        stackName: leaver.cloud,
        projectName: JSON.parse(readFileSync(join(dir, "package.json"), "utf8")).name,
        program: async () => ({ ...(await import(moduleOf(dir, engine))) }),
      },
      {
        workDir: dir,
        pulumiCommand: pulumiCommand as PulumiCommand,
        envVars: {
          ...leaver.environment,
          ...(engine === "official" ? { ...offline, PULUMI_DEBUG_PROVIDERS: attached } : {}),
          PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
          PULUMI_CONFIG_PASSPHRASE_FILE: leaver.passphraseFile,
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
    return (await stack.preview()).changeSummary as Record<string, number>;
  } finally {
    for (const server of servers) server.close();
  }
}

/** As `npm install` and Node would have it; and each run is a module of its own. */
function moduleOf(dir: string, engine: Engine): string {
  if (!existsSync(join(dir, "node_modules"))) symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  const { outputText } = ts.transpileModule(readFileSync(join(dir, "index.ts"), "utf8"), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const module = join(dir, `${engine}.mjs`);
  writeFileSync(module, outputText);
  return module;
}
