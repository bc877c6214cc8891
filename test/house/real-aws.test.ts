/** The checklist and the workflow for a real account say what there is: nobody here can run them to find out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { commands } from "../../cli/command-table.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/real-aws.md"), "utf8");
const text = readFileSync(join(root, ".github/workflows/real-aws.yml"), "utf8");
const workflow = parse(text);
const steps: { name?: string; run?: string; uses?: string; if?: string }[] = workflow.jobs.cloud.steps;

/** Of each line that calls Freehold: its words. */
const calls = [
  ...[...text.matchAll(/freehold -- ([^|>\n]*)/g)].map(([, line = ""]) => line),
  ...[...page.matchAll(/`freehold ([^`]*)`/g)].map(([, line = ""]) => line),
].map((line) =>
  line
    .replace(/ -- .*/, "")
    .trim()
    .split(/\s+/),
);

it("every command and flag in them is one", () => {
  expect(calls.length).toBeGreaterThan(20);
  for (const words of calls.filter(([first = ""]) => !first.startsWith("-"))) {
    const [one = "", two = ""] = words;
    const command = commands.find(({ name }) => name === `${one} ${two}`) ?? commands.find(({ name }) => name === one);
    expect(command, words.join(" ")).toBeDefined();
    const common = ["cloud", "json", "yes", "verbose", "quiet"];
    for (const flag of words.filter((word) => word.startsWith("--")))
      expect([...common, ...Object.keys(command?.flags ?? {})], words.join(" ")).toContain(flag.slice(2));
  }
});

// What this leaves running somebody pays for; what it is given somebody may steal.
it("the workflow is started by hand, holds no keys, and takes everything down whatever happens", () => {
  expect(Object.keys(workflow.on)).toEqual(["workflow_dispatch"]);
  expect(workflow.permissions).toEqual({ contents: "read", "id-token": "write" });
  expect(text).not.toMatch(/secrets\.|AKIA[A-Z2-7]{16}/);
  const always = steps.filter((step) => step.if === "always()");
  expect(always.map(({ run }) => run).join("\n")).toMatch(/destroy --all .*--data delete --yes[\s\S]*test -z "\$left"/);
  expect(steps.slice(-always.length)).toEqual(always);
  // Keys of the hour are masked before anything else could print them.
  const signIn = steps.find(({ name }) => name === "Sign in for an hour")?.run ?? "";
  expect(signIn.indexOf("::add-mask::$value")).toBeGreaterThan(0);
  expect(signIn.indexOf("::add-mask::$value")).toBeLessThan(signIn.indexOf('>> "$GITHUB_ENV"'));
});
