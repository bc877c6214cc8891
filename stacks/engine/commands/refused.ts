/** Commands and flags of Pulumi's own command line that this engine does not carry out, each with the reason. */

const cloud = "it needs the Pulumi Cloud, and this engine keeps state in a backend of your own";

/** By the command's first words; the longest that fits counts. */
export const refusedCommands: { readonly [command: string]: string } = {
  "config env":
    "Pulumi ESC environments require the Pulumi Cloud backend, and this engine keeps state in a backend of your own",
  about: "this engine has nothing to tell of language hosts; `pulumi version` says its version",
  console: cloud,
  convert: "this engine generates no programs",
  deployment: cloud,
  env: "Pulumi ESC environments require the Pulumi Cloud backend",
  "gen-completion": "complete with the official command line",
  logs: "`freehold logs` shows what functions wrote",
  new: "this engine makes no projects from templates; write a Pulumi.yaml",
  org: cloud,
  package: "this engine generates no SDKs",
  "plugin run": "this engine runs plugins only as providers of a deployment",
  policy: "policy packs are not supported by this engine",
  schema: "this engine generates no SDKs",
  "stack change-secrets-provider": "export the stack, make a new one with the other provider, and import it there",
  "stack graph": "export the stack; every dependency is in it",
  "stack migrate": "export the stack and import it in the other backend",
  state: "export the stack, change it, and import it again",
  watch: "this engine runs a program once a command",
};

const remote = "remote operations need the Pulumi Cloud, and this engine runs where it is called";

/** By the flag, or by how it begins when it ends in `*`. */
export const refusedFlags: { readonly [flag: string]: string } = {
  "--remote": remote,
  "--remote-*": remote,
  "--agent-pool-id": remote,
  "--suppress-stream-logs": remote,
  "--policy-pack": "policy packs are not supported by this engine",
  "--policy-pack-config": "policy packs are not supported by this engine",
  "--attach-debugger": "the program is served by its caller; start that one with a debugger",
  "--tracing": "this engine sends no traces",
  "--tracing-header": "this engine sends no traces",
  "--otel-traces": "this engine sends no traces",
  "--profiling": "run node with --cpu-prof instead",
  "--memprofilerate": "run node with --heap-prof instead",
  "--disable-integrity-checking": "this engine never writes a state that is not whole",
  "--fully-qualify-stack-names": "this engine's names are short in the project they belong to",
  "--config": "set it with `pulumi config set`",
  "--config-path": "set it with `pulumi config set --path`",
  "--config-env": "Pulumi ESC environments require the Pulumi Cloud backend",
  "--secrets-provider": "the stack has one already; it is chosen by `pulumi stack init`",
  "--remote-config": cloud,
  "--teams": cloud,
  "--teams-*": cloud,
  "--from": "converters are not supported by this engine; write the resources into a file and pass it with --file",
  "--generate-resources": "converters are not supported by this engine",
  "--import-pending-creates": "clear them with --clear-pending-creates, and import what exists",
  "--skip-pending-creates": "pending creates are kept unless --clear-pending-creates is given",
  "--version": "stack versions need the Pulumi Cloud",
  "--open": "Pulumi ESC environments require the Pulumi Cloud backend",
  "--type": "below a path, numbers and booleans are what they look like",
};

export function refusalOf(flag: string): string | undefined {
  if (refusedFlags[flag]) return refusedFlags[flag];
  const family = Object.keys(refusedFlags).find((name) => name.endsWith("*") && flag.startsWith(name.slice(0, -1)));
  return family && refusedFlags[family];
}

export function refusedCommand(words: readonly string[]): { command: string; reason: string } | undefined {
  for (const length of [2, 1]) {
    const command = words.slice(0, length).join(" ");
    if (words.length >= length && refusedCommands[command]) return { command, reason: refusedCommands[command] };
  }
  return undefined;
}
