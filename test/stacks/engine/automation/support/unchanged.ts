/**
 * An Automation API program as anybody writes one: it finds `pulumi` on PATH and knows nothing of this engine.
 * `node unchanged.ts life` goes through a stack's life, `node unchanged.ts wait` begins an update that never ends; both
 * in the current folder. The answer is a line of JSON.
 */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";

const [what] = process.argv.slice(2);
let tag = "one";
const program = async () => {
  const bucket = new aws.s3.Bucket("site", { tags: { tag } });
  const secret = new pulumi.Config().requireSecret("token");
  if (what === "wait") await new Promise(() => setInterval(() => undefined, 1_000));
  return { bucket: bucket.id, secret };
};

const stack = await LocalWorkspace.createOrSelectStack(
  { stackName: "dev", projectName: "plain", program },
  { workDir: process.cwd() },
);
await stack.setConfig("token", { value: "-hunter2", secret: true });
if (what === "wait") {
  const control = new AbortController();
  const ended = stack.up({ signal: control.signal, onOutput: (text) => /site/.test(text) && control.abort() });
  const text = await ended.then(
    () => "not aborted",
    (error) => String(error),
  );
  const { resources = [], pending_operations = [] } = (await stack.exportStack()).deployment;
  const known = [...resources, ...pending_operations.map(({ resource }: any) => resource)].map(({ type }: any) => type);
  console.log(JSON.stringify({ text, known }));
} else {
  const events: string[] = [];
  const { version } = await PulumiCommand.get();
  const { changeSummary } = await stack.preview();
  const made = await stack.up({ onEvent: (event) => events.push(...Object.keys(event).slice(2)) });
  tag = "two";
  const changed = await stack.up({ message: "once more" });
  const refreshed = await stack.refresh();
  const history = await stack.history();
  const destroyed = await stack.destroy();
  await stack.workspace.removeStack("dev");
  console.log(
    JSON.stringify({
      version: String(version),
      changeSummary,
      made: made.summary.resourceChanges,
      outputs: made.outputs,
      events: [...new Set(events)],
      changed: changed.summary.resourceChanges,
      refreshed: refreshed.summary.result,
      history: history.map(({ kind, message, result }) => ({ kind, message, result })),
      destroyed: destroyed.summary.resourceChanges,
      left: await stack.workspace.listStacks(),
    }),
  );
}
process.exit(0);
