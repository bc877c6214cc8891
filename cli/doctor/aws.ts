/**
 * What `doctor` looks at of an AWS cloud: how one is signed in, as whom, the account, the clock, rights, quotas and the
 * state's place. The checks of setup, once more; changes nothing.
 */
import { homedir } from "node:os";
import type { Caller, Check, Cloud } from "../../stacks/deploy.ts";
import { askForCode, environmentBy, knownCloud, signInAgain } from "../access.ts";
import type { CloudConfig } from "../clouds.ts";
import type { Paths } from "../paths.ts";
import { findWays, nextOf } from "../signing-in/ways.ts";
import { accountChecks, lastingFound, type Preflight } from "./account.ts";
import { check, type Found, found, needsIdentity } from "./check.ts";

export async function awsChecks(paths: Paths, config: CloudConfig): Promise<Check[]> {
  const deploy = await import("../../stacks/deploy.ts");
  const look = await deploy.preflight();
  let caller: Caller | undefined;
  const signIn = await check("aws-sign-in", "Signing in", async () => {
    await askForCode(paths, config);
    return signInOf(config);
  });
  const cloud = knownCloud(paths, config);
  const identity = await check("aws-identity", "Identity and region", async () => {
    caller = await deploy.callerIdentity(cloud).catch(async (error: unknown) => {
      throw await signInAgain(paths, error, config);
    });
    return found("ok", `${caller.arn} in ${cloud.region}.`);
  });
  const then = (id: string, title: string, see: (caller: Caller) => Found | Promise<Found>): Promise<Check> =>
    check(id, title, () => (caller ? see(caller) : needsIdentity));
  const account = await then("aws-account", "Account", (who) => accountOf(config, who));
  // Of another account nothing more is asked.
  if (account.state === "fail") caller = undefined;
  return [
    signIn,
    identity,
    account,
    await then("aws-root", "Not as root", (who) => rootOf(look, who, cloud)),
    await then("aws-clock", "Clock", (who) => clockOf(look, who)),
    await then("aws-state", "The state's place", () => stateOf(look, config, cloud)),
    await then("aws-rights", "Rights", (who) => rightsOf(look, cloud, who)),
    ...(await accountChecks(caller ? look : undefined, cloud)),
  ];
}

async function signInOf({ profile, signIn, role, ...cloud }: CloudConfig): Promise<Found> {
  if (role) return found("ok", `With the role ${role.arn}, by way of the cloud ${role.cloud}.`);
  if (signIn !== undefined && signIn !== "profile") return found("ok", `With what was named at setup: ${signIn}.`);
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID } = environmentBy({ profile, signIn });
  if (!AWS_ACCESS_KEY_ID && !AWS_PROFILE) return found("ok", "With what AWS's own tools find.");
  const ways = await findWays(process.env, process.env["HOME"] || homedir(), {});
  const way = ways.find((one) => (AWS_ACCESS_KEY_ID ? one.kind === "environment" : one.profile === AWS_PROFILE));
  if (!way)
    return found("fail", `The profile ${AWS_PROFILE} is in none of AWS's files.`, "aws configure list-profiles");
  if (way.problem) return found("fail", way.problem.says, nextOf(way) ?? way.problem.next);
  const says = way.profile === undefined ? way.says : `With the profile ${way.profile}. ${way.says}`;
  return lastingFound({ ...way, says }, cloud) ?? found("ok", says);
}

function accountOf({ name, accountId }: CloudConfig, caller: Caller): Found {
  if (caller.accountId === accountId) return found("ok", `${accountId}, as it was set up.`);
  return found(
    "fail",
    `The cloud ${name} is in account ${accountId}; you are signed in to ${caller.accountId}.`,
    `freehold setup --name ${name} --profile PROFILE`,
  );
}

function rootOf({ isRoot }: Preflight, { arn }: Caller, { endpoint, name }: Cloud): Found {
  if (!isRoot(arn)) return found("ok", "Signed in as somebody whom policies limit.");
  const next = `freehold setup --name ${name} --profile PROFILE`;
  return endpoint
    ? found("ok", "Root, at an endpoint that is not AWS's own.")
    : found("fail", "Signed in as AWS's root user, whom nothing limits and who can assume no role.", next);
}

function clockOf({ clockLimitMs }: Preflight, { clockAheadMs }: Caller): Found {
  const seconds = Math.abs(Math.round(clockAheadMs / 1000));
  const says = `${seconds} s ${clockAheadMs > 0 ? "ahead of" : "behind"} AWS's.`;
  if (Math.abs(clockAheadMs) <= 60_000) return found("ok", says);
  return found(Math.abs(clockAheadMs) > clockLimitMs ? "fail" : "warn", says, "sudo timedatectl set-ntp true");
}

async function stateOf({ homeThere }: Preflight, config: CloudConfig, cloud: Cloud): Promise<Found> {
  if (!config.stateBucket)
    return found(
      "warn",
      "Still on this computer; the next operation moves it into the account.",
      `freehold setup --name ${config.name}`,
    );
  if (await homeThere(cloud)) return found("ok", `s3://${config.stateBucket}`);
  return found(
    "fail",
    `s3://${config.stateBucket} is gone, or not whole.`,
    `freehold state repair --cloud ${config.name}`,
  );
}

async function rightsOf({ simulatedRights }: Preflight, cloud: Cloud, { arn }: Caller): Promise<Found> {
  const { rights, missing, forbidden, uncheckedBecause } = await simulatedRights(cloud, arn);
  const denied = rights.filter(({ state }) => state === "denied").map(({ action }) => action);
  if (forbidden.length > 0)
    return found(
      "fail",
      `A policy of the organization forbids: ${forbidden.join(", ")}.`,
      "Ask who administers the organization",
    );
  const next = "Give them: docs/using/aws.md has a policy with all that is needed";
  if (missing.length > 0) return found("fail", `Missing: ${missing.join(", ")}.`, next);
  if (denied.length > 0) return found("warn", `Some apps lack: ${denied.join(", ")}.`, next);
  const unchecked = rights.filter(({ state }) => state === "unchecked").length;
  if (unchecked === rights.length) return found("skipped", `Could not check: ${uncheckedBecause}`);
  const rest = unchecked > 0 ? ` ${unchecked} could not be checked: ${uncheckedBecause}` : "";
  return found(unchecked > 0 ? "warn" : "ok", `${rights.length - unchecked} of ${rights.length} are there.${rest}`);
}
