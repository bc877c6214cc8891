/** Commands that make a cloud what it is. */
import type { CommandSpec } from "../command.ts";
import { noHome, refresh, wait } from "./flags.ts";

export const settingUp: readonly CommandSpec[] = [
  {
    name: "setup",
    summary: "create a cloud, or go on with one",
    usage: "",
    min: 0,
    max: 0,
    flags: {
      target: {
        type: "string",
        value: "local|aws",
        choices: ["local", "aws"],
        help: "on this computer (default), or in AWS",
      },
      region: { type: "string", value: "REGION", help: "AWS region; for aws also from AWS_REGION" },
      name: { type: "string", value: "NAME", help: "the cloud's name; home (local) or aws when left out" },
      profile: { type: "string", value: "PROFILE", help: "aws: sign in with this profile, now and from now on" },
      "sign-in": {
        type: "string",
        value: "WAY",
        choices: ["environment", "web-identity", "container", "instance"],
        help: "aws: sign in with what is no profile: keys in the environment, or a role",
      },
      engine: {
        type: "string",
        value: "ENGINE",
        choices: ["official", "embedded"],
        help: "carried out by Pulumi's own engine, recommended in AWS (one on PATH, else fetched), or by Freehold's",
      },
      "raise-concurrency": {
        type: "boolean",
        help: "aws: ask AWS to let more functions run at once than the 10 of a new account; free",
      },
      budget: {
        type: "string",
        value: "AMOUNT|none",
        help: "aws: mails you at 50, 80 and 100 % of so many $ a month of the account's; none takes it away",
      },
      "budget-email": { type: "string", value: "ADDRESS", help: "aws: whom the budget mails" },
      "no-home": noHome,
      refresh,
      wait,
    },
    examples: [
      ["freehold setup", "a cloud called home on this computer, with the home page in it"],
      ["freehold setup --target aws --name work --region eu-west-1", "says what it would make in your AWS account"],
      ["freehold setup --target aws --name work --region eu-west-1 --yes", "makes it"],
      ["freehold setup --target aws --name work --engine official --yes", "and goes on with the official Pulumi"],
      [
        "freehold setup --name work --refresh",
        "find and put right what was changed or deleted by hand of the cloud itself",
      ],
      ["freehold setup --name work --profile admin", "sign in another way from now on, to the same account"],
      ["freehold setup --name work --budget 5 --budget-email me@example.com", "AWS mails you before it gets dear"],
      ["freehold setup --name work --raise-concurrency", "ask AWS to let more functions run at once"],
    ],
    kind: "operation",
    load: () => import("../commands/setup.ts"),
  },
  {
    name: "completion",
    summary: "complete commands, flags and names with Tab",
    usage: "bash|zsh",
    min: 1,
    max: 1,
    flags: {
      words: { type: "string", value: "LINES", help: "what the script asks for: the words so far, one a line" },
    },
    examples: [
      ["source <(freehold completion bash)", "now; in ~/.bashrc for every shell"],
      ["source <(freehold completion zsh)", "in ~/.zshrc, behind compinit"],
    ],
    kind: "query",
    load: () => import("../commands/completion.ts"),
    view: () => import("../views/completion.ts"),
  },
  {
    name: "doctor",
    summary: "look at this computer and a cloud, and say what to do about what is wrong",
    usage: "",
    min: 0,
    max: 0,
    flags: {},
    examples: [
      ["freehold doctor", "code 1 when something is wrong"],
      ["freehold doctor --cloud work --json", "sign-in, account, rights and quotas of a cloud in AWS, for programs"],
    ],
    kind: "query",
    load: () => import("../commands/doctor.ts"),
    view: () => import("../views/doctor.ts"),
  },
];
