/** The owner's word on routes: what is opened and closed, and that card, reach and gate then say the same. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isLimit, leadsTo, withDoors } from "../../blueprints/doors.ts";
import type { BlueprintFile } from "../../blueprints/files.ts";
import { loadBlueprint, parseManifest } from "../../blueprints/load.ts";
import { routesOf } from "../../blueprints/manifest.ts";
import { reachOf } from "../../blueprints/reach.ts";
import { relaxes } from "../../blueprints/safe-headers.ts";
import { root } from "../support/home.ts";

const file = (path: string): BlueprintFile => ({ path, absolute: `/x/${path}`, executable: false, sizeBytes: 1 });
const files = [file("api/index.mjs"), file("site/index.html"), file("site/app.html")];
const text = (more = ""): string => `freehold: 1
name: notes
version: 1.0.0
title: Notes
functions: { api: { code: api, handler: index.handler, runtime: nodejs24.x } }
site: site
routes:
  /: site
  /api/*: api
  /share/*: { to: api, public: true, limit: 7 per day }
${more}`;
const manifest = parseManifest(text(), files);

describe("a door", () => {
  it("closed is private, opened is public with a limit, and both are on the card", () => {
    const changed = withDoors(manifest, { "/share/*": { public: false }, "/api/*": { public: true } });
    expect(routesOf(changed)).toEqual([
      { path: "/", to: "site", public: false },
      { path: "/api/*", to: "api", public: true, limit: { count: 60, seconds: 60 } },
      { path: "/share/*", to: "api", public: false },
    ]);
    expect(reachOf(changed).filter(({ may }) => may === "public")).toEqual([
      { who: "anybody", may: "public", what: "/api/* to api", limit: "60 per minute" },
    ]);
    expect(reachOf(manifest).map(({ what }) => what)).toContain("/share/* to api");
  });

  it("may be of a part of a route, and keeps or takes a limit", () => {
    const changed = withDoors(manifest, {
      "/api/feed": { public: true, limit: "5 per hour" },
      "/share/*": { public: true },
      "/share/mine": { public: false },
    });
    expect(routesOf(changed).slice(2)).toEqual([
      { path: "/share/*", to: "api", public: true, limit: { count: 7, seconds: 86_400 } },
      { path: "/api/feed", to: "api", public: true, limit: { count: 5, seconds: 3600 } },
      { path: "/share/mine", to: "api", public: false },
    ]);
  });

  it("that leads nowhere is none, and saying nothing changes nothing", () => {
    const { "/": _, ...routes } = manifest.routes;
    expect(withDoors({ ...manifest, routes }, { "/x": { public: true } }).routes).toEqual(routes);
    expect(withDoors(manifest)).toEqual(manifest);
    expect([leadsTo(manifest.routes, "/api/x"), leadsTo(manifest.routes, "/x"), leadsTo(routes, "/api")]).toEqual([
      "api",
      "site",
      null,
    ]);
    expect(["7 per day", "0 per day", "7 per week", ""].map(isLimit)).toEqual([true, false, false, false]);
  });
});

describe("a manifest", () => {
  const problems = (more: string, of = text): string => {
    try {
      parseManifest(of(more), files);
      return "";
    } catch (error) {
      return (error as { detail?: string }).detail ?? "";
    }
  };

  it("declares security headers of its own, which are on the card, and no other header", () => {
    const declared = parseManifest(
      text(`headers: { x-frame-options: false, content-security-policy: "object-src 'none'" }\n`),
      files,
    );
    expect(reachOf(declared).filter(({ may }) => may === "header")).toEqual([
      { who: "app", may: "header", what: "content-security-policy: object-src 'none'" },
      { who: "app", may: "header", what: "no x-frame-options" },
    ]);
    expect(problems("headers: { set-cookie: a=b }\n")).toContain("set-cookie");
    expect(problems('headers: { referrer-policy: "a\\nb" }\n')).toContain("headers.referrer-policy");
  });

  // A card that lists what is stricter than usual among what an app reaches warns of the careful ones.
  it("that is as strict as the usual ones, or stricter, reaches nothing by that", async () => {
    const { withSafeHeaders } = await import("../../stacks/functions/gate/headers.ts");
    const usual = Object.entries(withSafeHeaders({ status: 200, headers: {} }, false));
    expect(usual.length).toBeGreaterThan(5);
    expect(usual.filter(([name, value]) => relaxes(name, value))).toEqual([]);
    const strict = "default-src 'none'; script-src 'self'; FORM-ACTION 'none'; base-uri 'none'; frame-ancestors 'none'";
    for (const [name, value] of [
      ["content-security-policy", strict],
      ["content-security-policy", "default-src *, frame-ancestors 'none'; base-uri; form-action 'self'; object-src"],
      ["x-frame-options", "deny"],
      ["referrer-policy", "no-referrer"],
      ["cross-origin-embedder-policy", "require-corp"],
    ] as const)
      expect([value, relaxes(name, value)]).toEqual([value, false]);
    for (const [name, value] of [
      ["content-security-policy", strict.replace("frame-ancestors 'none'", "frame-ancestors 'self'")],
      ["content-security-policy", strict.replace("default-src 'none'", "default-src 'self'")],
      ["content-security-policy", strict.replace("base-uri 'none'; ", "")],
      ["content-security-policy", `form-action *; ${strict}`],
      ["content-security-policy", "x"],
      ["permissions-policy", "camera=(), microphone=()"],
      ...usual.map(([name]) => [name, false] as const).filter(([name]) => !name.startsWith("x-content")),
    ] as const)
      expect([name, value, relaxes(name, value)]).toEqual([name, value, true]);
    for (const [name, laxer] of [
      ["home", []],
      ["drop", ["header"]],
    ] as const) {
      const { manifest } = await loadBlueprint(join(root, "blueprints", name));
      expect(reachOf(manifest).flatMap(({ may }) => (may === "header" ? may : []))).toEqual(laxer);
    }
  });

  it("names a page for addresses without a file, which has to be there", () => {
    const spa = (fallback: string): string =>
      text().replace("site: site", `site: { folder: site, fallback: ${fallback} }`);
    expect(parseManifest(spa("app.html"), files).site).toEqual({ folder: "site", fallback: "app.html" });
    expect(problems("", () => spa("none.html"))).toContain("none.html is not in the folder site");
    expect(problems("", () => spa("../x"))).toContain("site");
  });
});
