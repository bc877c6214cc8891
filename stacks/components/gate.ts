/**
 * The function in front of an app: its own role reaches this app's functions and site, the sign-in function, and the
 * app's counters, and of the table of who may come in what is its own app's; its address is the app's address.
 */
import { Table } from "@pulumi/aws/dynamodb/table.js";
import { asset, type Output } from "@pulumi/pulumi";
import type { Route } from "../../blueprints/manifest.ts";
import { type Domain, hostsOf } from "../domains.ts";
import { identityKeyParameter } from "../names.ts";
import { addressTags, nameTags, openAddress } from "./address.ts";
import { arnOf, type Context, nameOf, tagsOf } from "./context.ts";
import { accessLogDays, LambdaComponent } from "./lambda.ts";
import { accessRights, identityRights, type Statement } from "./rights.ts";

export interface GateArgs {
  routes: readonly Route[];
  /** Physical names of the app's functions, by noun; the slowest of them in seconds. */
  functions: Readonly<Record<string, string>>;
  slowestSeconds: number;
  siteBucket: string | undefined;
  /** File of the site that answers for addresses without one. */
  fallback: string | undefined;
  headers: Readonly<Record<string, string | false>>;
  /** Requests a day. */
  budget: number;
  /** Names of its own, besides the function's address. */
  domains?: readonly Domain[];
  signin: { functionName: string; arn: string; url: string; accessTable: string };
  /** Folder with `index.mjs`, and its digest. */
  codeDir: string;
  codeDigest: string;
}

/** Lambda's own end is the gate's, too: it has to outlive the functions it waits for. */
const spareSeconds = 10;

export class Gate extends LambdaComponent {
  /** With a slash at its end. */
  readonly url: Output<string>;

  constructor(context: Context, args: GateArgs) {
    const limitsTable = nameOf(context, "limits", "table");
    super("freehold:app:Gate", context, "gate", {
      handler: "index.handler",
      runtime: "nodejs24.x",
      memoryMb: 512,
      timeoutSeconds: Math.min(900, args.slowestSeconds + spareSeconds),
      code: new asset.FileArchive(args.codeDir),
      environment: { FREEHOLD_GATE: configuration(context, args, limitsTable) },
      rights: rightsOf(context, args, limitsTable),
      logDays: accessLogDays,
      definition: { routes: args.routes, headers: args.headers, code: args.codeDigest },
      tags: { ...addressTags(context, context.app), ...nameTags(args.domains) },
    });
    this.#limits(context, limitsTable);
    this.url = openAddress(context, this, { noun: "gate", site: context.app, invokeMode: "RESPONSE_STREAM" });
  }

  #limits(context: Context, name: string): void {
    new Table(
      "limits",
      {
        name,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        ttl: { attributeName: "expires", enabled: true },
        tags: tagsOf(context, { limits: true }),
      },
      { parent: this },
    );
  }
}

/** What stacks/functions/gate reads. */
function configuration(context: Context, args: GateArgs, limits: string): string {
  return JSON.stringify({
    cloud: context.cloud,
    app: context.app,
    routes: args.routes,
    functions: args.functions,
    site: args.siteBucket,
    fallback: args.fallback,
    headers: args.headers,
    signin: args.signin.functionName,
    signinUrl: args.signin.url,
    access: args.signin.accessTable,
    limits,
    budget: args.budget,
    hosts: hostsOf(args.domains),
    identityKey: identityKeyParameter(context.cloud, context.app),
  });
}

function rightsOf(context: Context, args: GateArgs, limits: string): Statement[] {
  const called = Object.values(args.functions).map((name) => arnOf(context, "lambda", `function:${name}`));
  const rights: Statement[] = [
    { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [args.signin.arn, ...called] },
    ...accessRights(context, args.signin.accessTable, context.app),
    identityRights(context),
    {
      Effect: "Allow",
      Action: ["dynamodb:UpdateItem"],
      Resource: [arnOf(context, "dynamodb", `table/${limits}`)],
    },
  ];
  if (args.siteBucket) {
    const bucket = arnOf(context, "s3", args.siteBucket);
    rights.push({ Effect: "Allow", Action: ["s3:GetObject"], Resource: [`${bucket}/*`] });
    // Without it a missing file is a 403, and cannot be told from a refusal.
    rights.push({ Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucket] });
  }
  return rights;
}
