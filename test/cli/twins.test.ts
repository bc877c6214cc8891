/** What a screen shows of an app, its command says in plain text, too: facts, and sentences a person can do something with. */
import { describe, expect, it } from "vitest";
import { patternWords, whyNot } from "../../blueprints/pattern.ts";
import type { SettingsDocument } from "../../cli/commands/settings.ts";
import type { ShowDocument } from "../../cli/commands/show.ts";
import { createPaint } from "../../cli/ui/paint.ts";
import { plain as settings } from "../../cli/views/settings.ts";
import { plain as show } from "../../cli/views/show.ts";
import { installed } from "../terminal/app-home.ts";

const none = createPaint(false);

// The overview lists them; somebody with a screen reader has the plain view alone.
it("show says an app's functions, routes and data, and whose digest it is", () => {
  const { format: _, ...app } = installed("notes", { accepted: { digest: "sha256:b", by: "ann", at: "2026-01-01" } });
  const document: ShowDocument = {
    ...app,
    cloud: "home",
    target: "local",
    fields: [],
    grants: [{ what: "cloud", held: false }],
    commands: [],
    definition: {
      functions: [{ name: "api", runtime: "nodejs24.x", memoryMb: 256, timeoutSeconds: 10, codeBytes: 1 }],
      routes: [
        { path: "/api/*", to: "api", public: false },
        { path: "/s/*", to: "api", public: true, limit: "60 per minute" },
      ],
      data: [{ kind: "table", name: "words", precious: false }],
      health: "/api/health",
    },
  };
  const said = show(document, none).replace(/ +/g, " ");
  for (const line of [
    `digest ${app.digest} of the folder`,
    "accepted the consent sha256:b by ann",
    "function api: nodejs24.x, 256 MB, at most 10 s",
    "route /api/* to api, for you alone",
    "route /s/* to api, public, 60 per minute",
    "table words, can be made again",
    "health /api/health",
    "grant cloud: taken back",
  ])
    expect(said).toContain(line);
});

// Nobody who sets up an app reads regular expressions.
describe("a setting's rule", () => {
  it.each([
    ["^(1|7|30|90)$", "one of 1, 7, 30, 90"],
    ["^(?:small|large)$", "one of small, large"],
    ["^([1-9]|[1-5][0-9]|60)$", "a whole number from 1 to 60"],
    ["^([1-9][0-9]{0,4}|100000)$", "a whole number from 1 to 100000"],
    ["^.{1,80}$", "1 to 80 characters"],
    ["^ghp_", undefined],
    ["^([1-9]|[0-9]{9})$", undefined],
    ["^([1-9]|1[0-9]{3,})$", undefined],
    ["^(2|4[0-9])$", undefined],
    ["^[1-9][0-9]{0,9}$", undefined],
    ["^(a+)+$", undefined],
    ["^1|2$", undefined],
  ])("%s is %s", (pattern, words) => {
    expect(patternWords(pattern)).toBe(words);
  });

  it("is what an error says, then what the author says, and the pattern last", () => {
    expect(whyNot({ pattern: "^(1|7)$", label: "Days", help: "1 or 7." })).toBe("has to be one of 1, 7 (Days)");
    expect(whyNot({ pattern: "^ghp_", label: "Token", help: "From your account." })).toBe(
      "does not fit: From your account",
    );
    expect(whyNot({ pattern: "^ghp_", label: "Token" })).toBe("does not meet ^ghp_ (Token)");
  });

  it("stands beside its help in the plain form", () => {
    const days = { key: "days", kind: "setting", label: "Days", type: "number", value: 7, required: false } as const;
    const document: SettingsDocument = {
      app: "drop",
      settings: {},
      functions: {},
      fields: [{ ...days, rule: "one of 1, 7", help: "How long a file stays." }],
    };
    expect(settings(document, none)).toMatch(/days +7 +one of 1, 7; How long a file stays\./);
  });
});
