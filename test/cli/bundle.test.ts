/** The quick commands stay quick: what the built command reaches without a dynamic import holds nothing heavy. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

interface Meta {
  outputs: Record<
    string,
    { entryPoint?: string; imports: { path: string; kind: string }[]; inputs: Record<string, unknown> }
  >;
}

const { outputs } = JSON.parse(readFileSync(join(import.meta.dirname, "../../dist/meta.json"), "utf8")) as Meta;

/** Source files in the chunks that are loaded with these, dynamic imports left out. */
function loadedWith(...entries: string[]): string[] {
  const todo = entries.map(
    (entry) => Object.keys(outputs).find((name) => outputs[name]?.entryPoint === entry) ?? entry,
  );
  const seen = new Set<string>();
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const { path, kind } of outputs[name]?.imports ?? [])
      if (kind === "import-statement" && path in outputs) todo.push(path);
  }
  return [...seen].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
}

const heavy = /node_modules\/(ink|react|@pulumi|@grpc|@aws-sdk|@smithy|cloudflare|zod|yaml|google-protobuf)\//;

it.each([
  ["--version and --help", ["cli/main.ts", "cli/help.ts"]],
  ["ls --json", ["cli/main.ts", "cli/commands/ls.ts", "cli/terminal.ts"]],
  ["ls", ["cli/main.ts", "cli/commands/ls.ts", "cli/views/ls.ts"]],
  ["completion", ["cli/main.ts", "cli/commands/completion.ts", "cli/views/completion.ts"]],
  ["cloud status", ["cli/main.ts", "cli/commands/cloud-status.ts"]],
  ["up, before its worker", ["cli/main.ts", "cli/commands/up.ts", "cli/views/operation-plain.ts"]],
])("%s loads nothing heavy", (_, entries) => {
  const loaded = loadedWith(...entries);
  expect(loaded).toContain("cli/main.ts");
  expect(loaded.filter((file) => heavy.test(file))).toEqual([]);
});

// Without this the test above would pass on a graph it reads wrongly.
it("sees what the live view and the worker's operations load", () => {
  expect(loadedWith("cli/views/operation-live.tsx").some((file) => file.includes("node_modules/ink/"))).toBe(true);
});

// An app without a domain at Cloudflare has nothing to do with it.
it("leaves Cloudflare's SDK to whoever calls Cloudflare", () => {
  const ofSdk = (entry: string): boolean => /node_modules\/cloudflare\//.test(entry);
  const entries = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  expect(entries.filter(ofSdk)).not.toEqual([]);
  for (const entry of entries.filter((one) => !ofSdk(one))) expect(loadedWith(entry).filter(ofSdk), entry).toEqual([]);
});
