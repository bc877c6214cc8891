/**
 * What a command of `exec` is given: an hour's credentials of the role that a function's component made for it, and the
 * names of the function's things. Without `write` a session policy leaves it the reading alone.
 */
import { setTimeout as pause } from "node:timers/promises";
import { suggest } from "../../blueprints/suggest.ts";
import type { Cloud } from "../cloud.ts";
import { arnOf } from "../components/context.ts";
import { readActions } from "../components/rights.ts";
import { execNoun, nameLimits, physicalName } from "../names.ts";
import { guarded, iam, lambda, sts } from "./clients.ts";
import { faults } from "./faults.ts";
import { callerIdentity, isRoot } from "./identity.ts";
import type { ExecAccess } from "./types.ts";
import { needStack } from "./workspace.ts";

const seconds = 3_600;

/**
 * Of the function's variables, those that Freehold makes. What the blueprint itself sets is for the cloud: on the
 * owner's computer a stranger's PATH or NODE_OPTIONS would run a stranger's code.
 */
const given = /^((TABLE|BUCKET|SETTING)_[A-Z0-9_]+|FREEHOLD_(APP|CLOUD))$/;

export async function execAccess(
  cloud: Cloud,
  app: string,
  o: { function?: string; write: boolean },
): Promise<ExecAccess> {
  const { arn: principal } = await callerIdentity(cloud);
  if (cloud.target === "aws" && isRoot(principal)) throw faults.rootUser(principal);
  const noun = await chosen(cloud, app, o.function);
  const where = { cloud: cloud.name, target: cloud.target, region: cloud.region, accountId: cloud.accountId };
  const name = (of: string, limit: number): string => physicalName(cloud.name, app, of, limit);
  return guarded(cloud, async () => {
    const { sdk, client } = await sts(cloud);
    const role = name(execNoun(noun), nameLimits.role);
    const question = {
      RoleArn: arnOf(where, "iam", `role/${role}`),
      RoleSessionName: "freehold-exec",
      DurationSeconds: seconds,
      ...(o.write ? {} : { Policy: reading }),
    };
    const { Credentials } = await onceKnown(cloud, role, () => client.send(new sdk.AssumeRoleCommand(question)));
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "", Expiration } = Credentials ?? {};
    return {
      function: noun,
      principal,
      environment: {
        ...(await variables(cloud, name(noun, nameLimits.function))),
        AWS_ACCESS_KEY_ID: AccessKeyId,
        AWS_SECRET_ACCESS_KEY: SecretAccessKey,
        AWS_SESSION_TOKEN: SessionToken,
        ...(Expiration ? { AWS_CREDENTIAL_EXPIRATION: Expiration.toISOString() } : {}),
        AWS_REGION: cloud.region,
        AWS_DEFAULT_REGION: cloud.region,
        // Its own credentials or none: never those of the machine it runs on.
        AWS_EC2_METADATA_DISABLED: "true",
        ...(cloud.endpoint ? { AWS_ENDPOINT_URL: cloud.endpoint } : {}),
      },
    };
  });
}

/** So long AWS may not know a role after it was made. */
const unknownMs = 30_000;

/** Right after `up` a refusal may mean that the role is not known everywhere yet; of an older role it is meant. */
async function onceKnown<T>(cloud: Cloud, role: string, assume: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await assume();
    } catch (error) {
      if ((error as Error).name !== "AccessDenied" || !(await isNew(cloud, role))) throw error;
      await pause(cloud.endpoint ? 100 : 1_000);
    }
}

/** Also false when nobody says so. */
async function isNew(cloud: Cloud, RoleName: string): Promise<boolean> {
  const { sdk, client } = await iam(cloud);
  const asked = await client.send(new sdk.GetRoleCommand({ RoleName })).catch(() => undefined);
  const made = asked?.Role?.CreateDate?.getTime();
  return made !== undefined && Date.now() - made < unknownMs;
}

/** What may be read; where, the role's own policy says. */
const reading = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: readActions, Resource: "*" }],
});

/** The function asked for, else the only one. Of those whose role was made: an older app has none. */
async function chosen(cloud: Cloud, app: string, asked: string | undefined): Promise<string> {
  const { deployment } = await (await needStack(cloud, app)).exportStack();
  const { resources = [] } = deployment as { resources?: { type: string; urn: string; id?: string }[] };
  const called = (type: string): string[] =>
    resources.filter((one) => one.type === type).map(({ urn }) => urn.slice(urn.lastIndexOf("::") + 2));
  const nouns = called("freehold:app:Function").sort();
  const [only, ...more] = nouns;
  if (only === undefined) throw faults.noFunction(app);
  if (asked !== undefined && !nouns.includes(asked)) throw faults.unknownFunction(app, asked, suggest(asked, nouns));
  if (asked === undefined && more.length > 0) throw faults.whichFunction(app, nouns);
  const noun = asked ?? only;
  if (!called("aws:iam/role:Role").includes(execNoun(noun))) throw faults.execNotYet(app);
  return noun;
}

async function variables(cloud: Cloud, functionName: string): Promise<Record<string, string>> {
  const { sdk, client } = await lambda(cloud);
  const { Environment } = await client.send(new sdk.GetFunctionConfigurationCommand({ FunctionName: functionName }));
  return Object.fromEntries(Object.entries(Environment?.Variables ?? {}).filter(([name]) => given.test(name)));
}
