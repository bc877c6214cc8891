/** Commands that make a cloud what it is. */
import type { CommandSpec } from "../command.ts";
import { wait } from "./flags.ts";

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
      wait,
    },
    examples: [
      ["freehold setup", "a cloud called home on this computer"],
      ["freehold setup --target aws --name work --region eu-west-1 --yes", "one in your AWS account"],
    ],
    kind: "operation",
    load: () => import("../commands/setup.ts"),
  },
];
