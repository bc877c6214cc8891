/** Commands on names of the owner's own, for apps and for sign-in. */
import type { CommandSpec } from "../command.ts";
import { wait } from "./flags.ts";

export const domains: readonly CommandSpec[] = [
  {
    name: "domain add",
    summary: "give an app, or sign-in, a name of your own; again to go on",
    usage: "APP|signin HOST",
    min: 2,
    max: 2,
    flags: {
      front: {
        type: "string",
        value: "http-api|cloudfront",
        choices: ["http-api", "cloudfront"],
        help: "what answers there: an HTTP API (the default; 30 s, no streaming), or CloudFront (streams; takes minutes)",
      },
      dns: {
        type: "string",
        value: "WHERE",
        choices: ["cloudflare", "route53", "by-hand"],
        help: "where the name's DNS is; found out when left out",
      },
      signin: {
        type: "string",
        value: "HOST|keep",
        help: "of a cloud's first name: which one sign-in gets along with it; signin beside it when left out",
      },
      "replace-record": { type: "boolean", help: "records that the name has already may go" },
      "no-wait": { type: "boolean", help: "show the records to be written by hand, and end with code 3" },
      wait,
    },
    examples: [
      ["freehold domain add notes notes.example.com", "in one step where the zone is in Route 53 or Cloudflare"],
      ["freehold domain add notes notes.example.com --front cloudfront", "streams, and takes minutes"],
      [
        "freehold domain add signin signin.example.com",
        "passkeys belong to a host: those of the old one stay good there",
      ],
    ],
    kind: "operation",
    load: () => import("../commands/domain-add.ts"),
  },
  {
    name: "domain rm",
    summary: "take a name away, with its records and certificate",
    usage: "APP|signin HOST",
    min: 2,
    max: 2,
    flags: { wait },
    examples: [["freehold domain rm notes notes.example.com", "the app stays at its own address"]],
    kind: "operation",
    load: () => import("../commands/domain-rm.ts"),
  },
  {
    name: "domain ls",
    summary: "names of your own, and how their certificates are",
    usage: "",
    min: 0,
    max: 0,
    flags: {},
    examples: [["freehold domain ls --json", "for programs"]],
    kind: "query",
    load: () => import("../commands/domain-ls.ts"),
    view: () => import("../views/domain-ls.ts"),
  },
];
