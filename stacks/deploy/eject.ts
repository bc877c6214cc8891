/**
 * A stack leaves as a plain Pulumi project: program, state and the files it is made of, in a folder of its own. The cloud and its
 * state stay as they are; whoever goes on with the project is the one that changes what it describes from then on.
 */

import { existsSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Cloud } from "../cloud.ts";
import { packagesOf, programOf, type StateResource, withPaths } from "../eject/program.ts";
import { pulumiVersion } from "../engine/version.ts";
import { statePassphraseParameter } from "../names.ts";
import { thingsStack } from "../things/physical.ts";
import { sealedExport } from "./health.ts";
import { projectOf } from "./stack-state.ts";
import { thingFaults } from "./things-faults.ts";

export interface Ejected {
  stack: string;
  dir: string;
  resources: number;
}

interface Exported {
  version: number;
  deployment: {
    resources?: StateResource[];
    secrets_providers?: { type: string; state?: { salt?: string } };
    pending_operations?: unknown[];
  };
}

/** `dir` is made, and has to be empty. Throws `eject-unfinished`, `eject-files-gone`. */
export async function ejectStack(cloud: Cloud, stack: string, dir: string): Promise<Ejected> {
  const { version, deployment } = (await sealedExport(cloud, stack)) as Exported;
  if ((deployment.pending_operations ?? []).length > 0) throw thingFaults.ejectUnfinished(stack);
  const files = new Map<string, string>();
  const moved = withPaths(deployment, (path, hash) => {
    const to = `./files/${hash.slice(0, 16)}/${basename(path)}`;
    files.set(to, path);
    return to;
  }) as Exported["deployment"];
  for (const path of files.values()) if (!existsSync(path)) throw thingFaults.ejectFilesGone(stack, path);
  const resources = moved.resources ?? [];
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  // Of things the list is Freehold's own.
  if (root && stack === thingsStack) root.outputs = {};
  const program = programOf(resources, root?.outputs ?? {});
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const [to, path] of files) await cp(path, join(dir, to), { recursive: true });
  const project = projectOf(stack);
  const write = (name: string, text: string): Promise<void> => writeFile(join(dir, name), text, { mode: 0o600 });
  await write("Pulumi.yaml", projectText(project, cloud.name));
  await write(`Pulumi.${cloud.name}.yaml`, configText(project, moved.secrets_providers?.state?.salt, program.secrets));
  await write("index.ts", program.text);
  await write("package.json", `${JSON.stringify(packageOf(project, resources), null, 2)}\n`);
  await write("tsconfig.json", `${JSON.stringify(compilerOptions, null, 2)}\n`);
  await write("README.md", readme(cloud, stack, packagesOf(resources).includes("cloudflare")));
  await mkdir(join(dir, "state/.pulumi/stacks", project), { recursive: true, mode: 0o700 });
  await write("state/.pulumi/meta.yaml", "version: 1\n");
  const checkpoint = { stack: `organization/${project}/${cloud.name}`, latest: moved };
  await write(`state/.pulumi/stacks/${project}/${cloud.name}.json`, JSON.stringify({ version, checkpoint }, null, 2));
  return { stack, dir, resources: resources.filter(({ custom }) => custom).length };
}

const projectText = (project: string, cloud: string): string =>
  `name: ${project}
description: What was ${cloud}'s in Freehold
runtime:
  name: nodejs
  options:
    typescript: true
backend:
  url: file://./state
`;

/** Of the state's own salt, so that what is encrypted there and here is opened by one passphrase. */
function configText(project: string, salt: string | undefined, secrets: Readonly<Record<string, string>>): string {
  const lines = Object.entries(secrets).map(([key, secure]) => `  ${project}:${key}:\n    secure: ${secure}\n`);
  const config = lines.length > 0 ? `config:\n${lines.join("")}` : "";
  return `${salt === undefined ? "" : `encryptionsalt: ${salt}\n`}${config}`;
}

/** With the very packages it was made with: another one's defaults may be others. */
function packageOf(project: string, resources: readonly StateResource[]) {
  const versionOf = (name: string): string =>
    String(resources.find(({ type }) => type === `pulumi:providers:${name}`)?.inputs?.["version"] ?? "*");
  const packages = packagesOf(resources).map((name) => [`@pulumi/${name}`, versionOf(name)]);
  return {
    name: project,
    private: true,
    main: "index.ts",
    dependencies: { ...Object.fromEntries(packages), "@pulumi/pulumi": pulumiVersion },
    devDependencies: { "@types/node": "^24", typescript: "^5" },
  };
}

const compilerOptions = {
  compilerOptions: { target: "es2022", module: "commonjs", moduleResolution: "node", strict: true, skipLibCheck: true },
  files: ["index.ts"],
};

function readme(cloud: Cloud, stack: string, hasRecords: boolean): string {
  const { name, region, stateBucket, passphraseFile } = cloud;
  const passphrase =
    stateBucket === undefined
      ? `export PULUMI_CONFIG_PASSPHRASE_FILE=${passphraseFile}`
      : `export PULUMI_CONFIG_PASSPHRASE=$(aws ssm get-parameter --region ${region} --with-decryption --query Parameter.Value --output text --name ${statePassphraseParameter(name)})`;
  const reach = cloud.target === "local" ? `eval "$(freehold cloud env --cloud ${name})"\n` : "";
  const token = hasRecords ? "export CLOUDFLARE_API_TOKEN=...\n" : "";
  return `# ${stack} of ${name}, as a plain Pulumi project

Nothing in it needs Freehold. With Pulumi and Node:

\`\`\`sh
npm install
${reach}${token}${passphrase}
pulumi stack select ${name}
pulumi preview
\`\`\`

The preview has no changes. \`state/\` is its state, \`files/\` what its functions and sites are made of. The passphrase opens what
is encrypted in both; keep it before you remove what Freehold keeps.

From the first \`pulumi up\` on, Freehold's own state of ${stack} is an old one: change it here, or there, and not in both.
`;
}
