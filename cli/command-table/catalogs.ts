/** Commands on catalogs: where blueprints come from, and finding one. */
import type { CommandSpec, FlagSpec } from "../command.ts";

const filters: Record<string, FlagSpec> = {
  tag: { type: "string", value: "TAG", multiple: true, help: "only with this tag; again for more" },
  license: { type: "string", value: "L", help: "only with this licence: MIT" },
  runtime: { type: "string", value: "R", help: "only with functions of this runtime: nodejs, python3.13" },
  reach: {
    type: "string",
    value: "WHAT",
    help: "only what reaches nothing (none), is open to everybody (public), wants a secret (secret), talks to hosts (hosts), or to this host",
  },
  catalog: { type: "string", value: "CATALOG", help: "only of this catalog" },
};

const listed: CommandSpec["flags"] = {
  ...filters,
  limit: { type: "string", value: "N", help: "how many to list; 50 when left out" },
};

export const catalogs: readonly CommandSpec[] = [
  {
    name: "browse",
    summary: "look for apps in the catalogs; on a terminal its screen",
    usage: "[QUERY...]",
    min: 0,
    max: 100,
    flags: listed,
    examples: [["freehold browse notes", "type to search, narrow, look closer, install; piped, it is search"]],
    kind: "query",
    load: () => import("../commands/browse.ts"),
    view: () => import("../views/search.ts"),
    screen: (args, flags) => ({ id: "browse", params: { query: args.join(" "), flags } }),
  },
  {
    name: "search",
    summary: "find blueprints in the catalogs",
    usage: "[QUERY...]",
    min: 0,
    max: 100,
    flags: listed,
    examples: [
      ["freehold search notes", "by name, title, tags and tagline; works offline"],
      ["freehold search --tag writing --reach none", "all with this tag that reach nothing but their own"],
    ],
    kind: "query",
    load: () => import("../commands/search.ts"),
    view: () => import("../views/search.ts"),
  },
  {
    name: "catalog ls",
    summary: "the catalogs there are, and how old what is known of them is",
    usage: "",
    min: 0,
    max: 0,
    flags: {},
    examples: [["freehold catalog ls", "in the order in which names are looked up"]],
    kind: "query",
    load: () => import("../commands/catalog-ls.ts"),
    view: () => import("../views/catalog-ls.ts"),
  },
  {
    name: "catalog add",
    summary: "add a catalog: a repository on GitHub, or a folder",
    usage: "REF",
    min: 1,
    max: 1,
    flags: { name: { type: "string", value: "NAME", help: "what to call it here; its own name when left out" } },
    examples: [
      ["freehold catalog add github:owner/catalog", "read once, then kept; installs nothing"],
      ["freehold catalog add ./my-catalog --name mine", "a folder with a catalog.json"],
    ],
    kind: "query",
    load: () => import("../commands/catalog-add.ts"),
    view: () => import("../views/catalog-add.ts"),
  },
  {
    name: "catalog rm",
    summary: "remove a catalog; apps that came from it stay",
    usage: "CATALOG",
    min: 1,
    max: 1,
    flags: {},
    examples: [["freehold catalog rm mine", "its copy goes, too; no app does"]],
    kind: "query",
    load: () => import("../commands/catalog-rm.ts"),
    view: () => import("../views/catalog-rm.ts"),
  },
  {
    name: "catalog refresh",
    summary: "ask the catalogs what is new",
    usage: "[CATALOG]",
    min: 0,
    max: 1,
    flags: {},
    examples: [["freehold catalog refresh", "all at once; one that does not answer keeps its copy"]],
    kind: "query",
    load: () => import("../commands/catalog-refresh.ts"),
    view: () => import("../views/catalog-ls.ts"),
  },
  {
    name: "catalog build",
    summary: "write catalog.json of a folder of blueprints",
    usage: "DIR",
    min: 1,
    max: 1,
    flags: {
      check: { type: "boolean", help: "write nothing; fail when catalog.json is not what the folders say" },
      name: { type: "string", value: "NAME", help: "what the catalog calls itself; kept from then on" },
    },
    examples: [
      ["freehold catalog build .", "every blueprint is checked first"],
      ["freehold catalog build . --check", "for CI"],
    ],
    kind: "query",
    load: () => import("../commands/catalog-build.ts"),
    view: () => import("../views/catalog-build.ts"),
  },
];
