/** Commands on AWS accounts for others, which this cloud's account pays for. */
import type { CommandSpec } from "../command.ts";
import { wait } from "./flags.ts";

export const accounts: readonly CommandSpec[] = [
  {
    name: "accounts new",
    summary: "an AWS account for somebody else, and a cloud in it; this cloud's account pays",
    usage: "NAME",
    min: 1,
    max: 1,
    flags: {
      email: { type: "string", value: "E", help: "the account's e-mail address; no other AWS account may have it" },
      region: { type: "string", value: "REGION", help: "where its cloud is to be; the payer's region when left out" },
      role: {
        type: "string",
        value: "ROLE",
        help: "name of the role by which we get in; OrganizationAccountAccessRole when left out",
      },
      "create-organization": {
        type: "boolean",
        help: "make the organization, where there is none yet; free, and asked about on a terminal",
      },
      wait,
    },
    examples: [
      [
        "freehold accounts new anna --email anna@example.org --cloud work",
        "asks first; minutes later it prints a link for Anna",
      ],
      [
        "freehold accounts new anna --email anna@example.org --cloud work --yes",
        "without a question, and to go on where it stopped",
      ],
    ],
    kind: "operation",
    load: () => import("../commands/accounts-new.ts"),
  },
  {
    name: "accounts ls",
    summary: "the accounts of the organization, and which of them were made here",
    usage: "",
    min: 0,
    max: 0,
    flags: {},
    examples: [["freehold accounts ls --cloud work", "state, cloud, since when, address"]],
    kind: "query",
    load: () => import("../commands/accounts-ls.ts"),
    view: () => import("../views/accounts-ls.ts"),
  },
  {
    name: "accounts close",
    summary: "export everything in an account that was made here, then have AWS close it",
    usage: "NAME",
    min: 1,
    max: 1,
    flags: {
      confirm: { type: "string", value: "NAME", help: "the name once more; --yes does not answer this" },
      to: { type: "string", value: "DIR", help: "where the export goes; a new folder here when left out" },
      wait,
    },
    examples: [
      ["freehold accounts close anna --confirm anna --cloud work", "where the export fails, nothing is closed"],
    ],
    kind: "operation",
    load: () => import("../commands/accounts-close.ts"),
  },
  {
    name: "accounts keys",
    summary: "an hour's keys of a role in a member account, for AWS's own tools",
    usage: "ROLE-ARN",
    min: 1,
    max: 1,
    flags: {},
    examples: [
      [
        "freehold accounts keys arn:aws:iam::111122223333:role/OrganizationAccountAccessRole --cloud work",
        "as credential_process of a profile in ~/.aws/config",
      ],
    ],
    kind: "query",
    load: () => import("../commands/accounts-keys.ts"),
    view: () => import("../views/accounts-keys.ts"),
  },
];
