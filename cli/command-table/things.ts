/** Commands on things: resources of the owner's own, beside the apps. */
import type { CommandSpec } from "../command.ts";
import { wait } from "./flags.ts";

export const things: readonly CommandSpec[] = [
  {
    name: "add",
    summary: "a bucket, table, parameter, function or any resource of your own; again to change it",
    usage: "TYPE NAME",
    min: 0,
    max: 2,
    flags: {
      set: {
        type: "string",
        value: "KEY=VALUE",
        multiple: true,
        help: "an input of the type; again for more, JSON for lists and maps",
      },
      key: {
        type: "string",
        value: "NAME:TYPE,…",
        help: "a table's key, and what it is sorted by: id:string,at:number",
      },
      value: { type: "string", value: "TEXT", help: "a parameter's text, which is no secret" },
      code: { type: "string", value: "DIR", help: "the folder of a function's code" },
      uses: {
        type: "string",
        value: "NAME=VERB",
        multiple: true,
        help: "a thing the function may read or write; again for more",
      },
      route: { type: "boolean", help: "give the function an address, behind the gate" },
      types: { type: "boolean", help: "list the types there are" },
      inputs: { type: "boolean", help: "list what can be said of TYPE" },
      wait,
    },
    examples: [
      ["freehold add bucket photos", "private and encrypted; shows what it would make, and asks"],
      ["freehold add table readings --key sensor:string,at:number", "on demand, backed up"],
      [
        "freehold add function thumbs --code ./thumbs --uses photos=write --route",
        "with the rights it names, and an address",
      ],
      [
        'freehold add s3/bucketVersioning photos-versions --set bucket=NAME --set \'versioningConfiguration={"status":"Enabled"}\'',
        "any type",
      ],
      ["freehold add --types", "every type; freehold add TYPE --inputs says what one takes"],
    ],
    kind: "operation",
    load: () => import("../commands/add.ts"),
  },
  {
    name: "adopt",
    summary: "take in what the account has already, as it is; or list what belongs to no stack",
    usage: "TYPE ID",
    min: 0,
    max: 2,
    flags: {
      as: { type: "string", value: "NAME", help: "what to call the thing; the end of its id when left out" },
      scan: { type: "boolean", help: "list what in the account belongs to no stack" },
      wait,
    },
    examples: [
      ["freehold adopt --scan", "what could be taken in"],
      ["freehold adopt s3/bucket my-old-photos --as photos", "read, compared, and taken in only when nothing changes"],
    ],
    kind: "operation",
    load: () => import("../commands/adopt.ts"),
  },
  {
    name: "eject",
    summary: "leave with a plain Pulumi project and its state; changes nothing here",
    usage: "DIR [APP]",
    min: 1,
    max: 2,
    flags: {},
    examples: [
      ["freehold eject ./mine", "everything: a project for each app, the things and the foundation"],
      ["freehold eject ./notes notes", "one of them; things and foundation are names, too"],
    ],
    kind: "query",
    load: () => import("../commands/eject.ts"),
    view: () => import("../views/eject.ts"),
  },
];
