/** The documents' links lead somewhere: files that are there, headings that are in them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { differences } from "../official/differences.ts";

const root = resolve(import.meta.dirname, "../..");
const pages = [
  ...["README.md", "CONTRIBUTING.md"],
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** Without code, where a bracket is no link. */
const prose = (file: string): string =>
  readFileSync(join(root, file), "utf8")
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/^(#+ .*)$|`[^`\n]*`/gm, (all, heading) => (heading ? all : "code"));

/** As the forge makes them of headings. */
const anchors = (file: string): string[] =>
  [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, "")
      .replaceAll(" ", "-"),
  );

// A page that sends its reader nowhere is worse than one that says nothing.
describe("links", () => {
  it("are looked for in every page", () => expect(pages.length).toBeGreaterThan(15));

  it.each(pages)("of %s lead somewhere", (page) => {
    for (const [, target = ""] of prose(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      expect(existsSync(join(root, file)), `${page}: ${target}`).toBe(true);
      if (anchor) expect(anchors(file), `${page}: ${target}`).toContain(anchor);
    }
  });
});

// What a person is told of the engine is what the comparison with Pulumi's own found.
it("the page about the engine has every difference from Pulumi's own", () => {
  const page = readFileSync(join(root, "docs/engine.md"), "utf8");
  for (const { programs, why } of differences) {
    expect(page).toContain(why);
    for (const program of programs) expect(page).toContain(`\`${program}\``);
  }
});
