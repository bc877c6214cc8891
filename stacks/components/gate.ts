/**
 * The function in front of an app: its own role reaches this app's functions and site, the sign-in function, and the
 * counters of public routes; its address is the app's address. Counters exist only where a public route has a limit.
 */
import { Table } from "@pulumi/aws/dynamodb/table.js";
import { FunctionUrl } from "@pulumi/aws/lambda/functionUrl.js";
import { Permission } from "@pulumi/aws/lambda/permission.js";
import { asset, type Output, output } from "@pulumi/pulumi";
import type { Route } from "../../blueprints/manifest.ts";
import { localHost } from "../names.ts";
import { arnOf, type Context, nameOf, tagsOf } from "./context.ts";
import { LambdaComponent } from "./lambda.ts";
import { type Statement, signedOutRights } from "./rights.ts";

export interface GateArgs {
  routes: readonly Route[];
  /** Physical names of the app's functions, by noun; the slowest of them in seconds. */
  functions: Readonly<Record<string, string>>;
  slowestSeconds: number;
  siteBucket: string | undefined;
  signin: { functionName: string; arn: string; linksTable: string };
  publicKey: string;
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
    const limited = args.routes.some(({ limit }) => limit);
    const limitsTable = limited ? nameOf(context, "limits", "table") : undefined;
    super("freehold:app:Gate", context, "gate", {
      handler: "index.handler",
      runtime: "nodejs24.x",
      memoryMb: 512,
      timeoutSeconds: Math.min(900, args.slowestSeconds + spareSeconds),
      code: new asset.FileArchive(args.codeDir),
      environment: { FREEHOLD_GATE: configuration(context, args, limitsTable) },
      rights: rightsOf(context, args, limitsTable),
      definition: { routes: args.routes, code: args.codeDigest },
      tags: context.target === "local" ? { "freehold:address": localHost(context.cloud, context.app) } : {},
    });
    if (limitsTable) this.#limits(context, limitsTable);
    this.url = this.#address(context);
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

  /** Open to everybody, since the gate itself asks who comes: AWS wants both grants for that. */
  #address(context: Context): Output<string> {
    const own = { parent: this };
    const functionName = this.lambda.name;
    const url = new FunctionUrl(
      "gate",
      { functionName, authorizationType: "NONE", invokeMode: "RESPONSE_STREAM" },
      own,
    );
    new Permission(
      "gate-url",
      {
        statementId: "address",
        action: "lambda:InvokeFunctionUrl",
        function: functionName,
        principal: "*",
        functionUrlAuthType: "NONE",
      },
      own,
    );
    new Permission(
      "gate-invoke",
      {
        statementId: "address-invoke",
        action: "lambda:InvokeFunction",
        function: functionName,
        principal: "*",
        invokedViaFunctionUrl: true,
      },
      own,
    );
    if (context.target === "local") return output(`http://${localHost(context.cloud, context.app)}:${context.port}/`);
    return url.functionUrl.apply((address) => address.replace(/\/?$/, "/"));
  }
}

/** What stacks/functions/gate reads. */
function configuration(context: Context, args: GateArgs, limits: string | undefined): string {
  return JSON.stringify({
    cloud: context.cloud,
    app: context.app,
    routes: args.routes,
    functions: args.functions,
    site: args.siteBucket,
    signin: args.signin.functionName,
    links: args.signin.linksTable,
    publicKey: args.publicKey,
    limits,
  });
}

function rightsOf(context: Context, args: GateArgs, limits: string | undefined): Statement[] {
  const called = Object.values(args.functions).map((name) => arnOf(context, "lambda", `function:${name}`));
  const rights: Statement[] = [
    { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [args.signin.arn, ...called] },
    signedOutRights(context, args.signin.linksTable),
  ];
  if (args.siteBucket) {
    const bucket = arnOf(context, "s3", args.siteBucket);
    rights.push({ Effect: "Allow", Action: ["s3:GetObject"], Resource: [`${bucket}/*`] });
    // Without it a missing file is a 403, and cannot be told from a refusal.
    rights.push({ Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucket] });
  }
  if (limits)
    rights.push({
      Effect: "Allow",
      Action: ["dynamodb:UpdateItem"],
      Resource: [arnOf(context, "dynamodb", `table/${limits}`)],
    });
  return rights;
}
