/** Names are found again without a state, stay within their service's limit, and no two things share one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appNameLength } from "../../blueprints/app-name.ts";
import { bucketName, nameLimits, namesFit, physicalName, siteNoun, sitePatterns } from "../../stacks/names.ts";

const where = { cloud: "home", accountId: "123456789012", region: "eu-west-1" };

describe("physical names", () => {
  it("carry cloud and app", () => {
    expect(physicalName("home", "notes", "api", nameLimits.function)).toBe("home--notes--api");
    expect(bucketName(where, "notes", "files")).toMatch(/^home--notes--files-[0-9a-f]{10}$/);
  });

  it("differ by account and region, where names are the world's", () => {
    const names = [where, { ...where, accountId: "210987654321" }, { ...where, region: "eu-west-2" }];
    expect(new Set(names.map((one) => bucketName(one, "notes", "files"))).size).toBe(3);
  });

  const part = (max: number) =>
    fc
      .array(fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/), { minLength: 1, maxLength: 4 })
      .map((words) => words.join("-").slice(0, max).replace(/-$/, ""));

  it("fit, and are never two things' (cloud, app and noun in any cut)", () => {
    const names = new Map<string, string>();
    fc.assert(
      fc.property(part(24), part(32), part(32), (cloud, app, noun) => {
        const whole = `${cloud} ${app} ${noun}`;
        for (const [kind, limit] of Object.entries(nameLimits)) {
          const name =
            kind === "bucket" ? bucketName({ ...where, cloud }, app, noun) : physicalName(cloud, app, noun, limit);
          expect(name.length).toBeLessThanOrEqual(limit);
          expect(name).toMatch(/^[a-z0-9][a-z0-9-]*[a-z0-9]$/);
          expect(names.get(`${kind} ${name}`) ?? whole).toBe(whole);
          names.set(`${kind} ${name}`, whole);
        }
      }),
    );
  });

  // Who may read what apps store may not read their pages: they are told apart by their names alone, however long these are.
  it("of sites are told from those of data, for every length that cloud and app may have", () => {
    const matches = (cloud: string, name: string): boolean =>
      sitePatterns(cloud).some((pattern) =>
        new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name),
      );
    for (let c = 2; c <= 24; c++)
      for (let a = appNameLength.min; a <= appNameLength.max; a++) {
        const [cloud, app] = ["c".repeat(c), "a".repeat(a)];
        if (!namesFit(cloud, app)) continue;
        const of = (noun: string): string => bucketName({ ...where, cloud }, app, noun);
        for (const below of ["", "/index.html"])
          expect(matches(cloud, `${of(siteNoun)}${below}`), `${c} and ${a}`).toBe(true);
        for (const noun of ["files", "f", "photos-of-site"]) expect(matches(cloud, of(noun)), noun).toBe(false);
        // Only where a name is cut before its end do other nouns with these letters look the same; nothing is then told.
        if (c + a <= 44) for (const noun of ["s", "si", "sit"]) expect(matches(cloud, of(noun)), noun).toBe(false);
      }
  });

  it("that are cut end in a hash of the whole", () => {
    const [a, b] = ["x", "y"].map((end) => physicalName("c".repeat(24), "a".repeat(32), "n".repeat(31) + end, 64));
    expect(a).not.toBe(b);
    expect(a?.length).toBe(64);
  });
});
