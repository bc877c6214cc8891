/**
 * One operation on one of every resource an app consists of, with the real provider, in a process that can be killed:
 * `node aws-child.ts FOLDER up|destroy|inventory GENERATION`. AWS is where the environment says. The answer is a line.
 */
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { embeddedEngine } from "../../../../stacks/engine/index.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";

const [dir = "", op = "", generation = ""] = process.argv.slice(2);
const environment = process.env as Record<string, string>;
const tags = { "freehold:cloud": "home", "freehold:app": "notes" };

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
});
const reading = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: ["*"] }],
});

function storage(): void {
  const { bucket } = new aws.s3.Bucket("files", { tags });
  new aws.s3.BucketPublicAccessBlock("files", { bucket, blockPublicAcls: true, blockPublicPolicy: true });
  new aws.s3.BucketVersioning("files", { bucket, versioningConfiguration: { status: "Enabled" } });
  const corsRules = [{ allowedMethods: ["GET"], allowedOrigins: ["https://a.example"] }];
  new aws.s3.BucketCorsConfiguration("files", { bucket, corsRules });
  new aws.s3.BucketOwnershipControls("files", { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } });
  const rules = [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }];
  new aws.s3.BucketServerSideEncryptionConfiguration("files", { bucket, rules });
  new aws.s3.BucketObjectv2("page", { bucket, key: "index.html", content: "<p>hello</p>", tags });
  // The second generation has another key: a replacement, the new one made before the old one goes.
  const hashKey = generation === "2" ? "id" : "pk";
  const attributes = [{ name: hashKey, type: "S" }];
  new aws.dynamodb.Table("notes", { hashKey, attributes, billingMode: "PAY_PER_REQUEST", tags });
}

function compute(): void {
  const role = new aws.iam.Role("api", { assumeRolePolicy: trust, tags });
  const policy = new aws.iam.Policy("reading", { policy: reading, tags });
  new aws.iam.RolePolicyAttachment("reading", { role: role.name, policyArn: policy.arn });
  new aws.iam.RolePolicy("api", { role: role.name, policy: reading });
  new aws.cloudwatch.LogGroup("api", { retentionInDays: 7, tags });
  // A name of its own: in the second generation the old one has to go first.
  const name = "/home/notes/greeting";
  const [type, value] = generation === "2" ? ["StringList", "a,b"] : ["String", "hello"];
  new aws.ssm.Parameter(
    "greeting",
    { name, type, value, tags },
    { deleteBeforeReplace: true, replaceOnChanges: ["type"] },
  );
  const code = new pulumi.asset.AssetArchive({
    "index.mjs": new pulumi.asset.StringAsset("export const handler = async () => 'hello';\n"),
  });
  const made = { role: role.arn, handler: "index.handler", runtime: "nodejs22.x", code, publish: true, tags };
  const { name: functionName, version } = new aws.lambda.Function("api", made);
  new aws.lambda.Alias("api", { name: "live", functionName, functionVersion: version });
  new aws.lambda.FunctionUrl("api", { functionName, authorizationType: "AWS_IAM" });
  const principal = "events.amazonaws.com";
  new aws.lambda.Permission("api", { function: functionName, action: "lambda:InvokeFunction", principal });
}

const program = async (): Promise<object> => {
  storage();
  compute();
  return { account: aws.getCallerIdentityOutput().accountId };
};

async function main(): Promise<void> {
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "home", projectName: "app", program },
    {
      workDir: dir,
      pulumiCommand: embeddedEngine({
        providers: (pkg) => (pkg === "aws" ? createAwsProvider({ environment }) : undefined),
      }),
      envVars: { PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "p", PULUMI_HOME: join(dir, "home") },
    },
  );
  let changes: object | undefined;
  const problems: string[] = [];
  const onEvent = (event: any): void => {
    changes ??= event.summaryEvent?.resourceChanges;
    if (event.diagnosticEvent?.severity === "error") problems.push(event.diagnosticEvent.message);
  };
  if (op === "up") await stack.up({ onEvent }).catch(() => undefined);
  else await stack.destroy({ onEvent }).catch(() => undefined);
  const { deployment } = await stack.exportStack();
  const resources = (deployment.resources ?? []).map((r: any) => ({ type: r.type, id: r.id ?? "" }));
  const outputs = op === "up" ? await stack.outputs() : {};
  console.log(JSON.stringify({ changes, problems, resources, pending: deployment.pending_operations ?? [], outputs }));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
