/**
 * Ways of signing in that this process or computer brings by itself: keys in the environment, a token for web identity,
 * the role of a container or of an EC2 instance. The instance's service is asked only where there is one.
 */
import { readFile } from "node:fs/promises";
import type { Way } from "../../stacks/deploy.ts";
import { instanceRole } from "./instance.ts";
import type { Environment } from "./profiles.ts";
import { tokenInFile } from "./token-file.ts";

/** In the order in which AWS's tools take them. `instance`: it was asked for by name. */
export async function machineWays(env: Environment, instance: boolean): Promise<Way[]> {
  const said = (name: string): boolean => Boolean(env[name]);
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  const way = (kind: Way["kind"], says: string): Way => ({
    kind,
    flag: `--sign-in ${kind}`,
    ...(region ? { region } : {}),
    says,
  });
  const ways: Way[] = [];
  if (said("AWS_ACCESS_KEY_ID") && said("AWS_SECRET_ACCESS_KEY"))
    ways.push(
      said("AWS_SESSION_TOKEN")
        ? way("environment", "Temporary keys in the environment variables.")
        : { ...way("environment", "Long-lived keys in the environment variables."), longLived: true },
    );
  if (said("AWS_WEB_IDENTITY_TOKEN_FILE") && said("AWS_ROLE_ARN"))
    ways.push({
      ...way("web-identity", ""),
      ...(await tokenInFile(env["AWS_ROLE_ARN"], env["AWS_WEB_IDENTITY_TOKEN_FILE"])),
    });
  if (said("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || said("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
    ways.push(way("container", "The role of the container that this runs in."));
  const ofInstance = await instanceWay(env, instance);
  if (ofInstance) ways.push({ ...way("instance", ""), ...ofInstance });
  return ways;
}

/** Told of with what is wrong only where it was asked for; else what is no way is none. */
async function instanceWay(env: Environment, asked: boolean): Promise<Pick<Way, "says" | "problem"> | undefined> {
  if (env["AWS_EC2_METADATA_DISABLED"] && env["AWS_EC2_METADATA_DISABLED"] !== "false") return undefined;
  const meant = asked || Boolean(env["AWS_EC2_METADATA_SERVICE_ENDPOINT"]);
  if (!meant && !(await isInstance())) return undefined;
  const found = await instanceRole(env);
  if ("role" in found) {
    const old = found.open ? " Its service asks for no token (IMDSv1)." : "";
    return { says: `The role ${found.role} of the EC2 instance that this runs on.${old}` };
  }
  const says = "The role of the EC2 instance that this runs on.";
  return meant ? { says, problem: { says: found.none, next: "aws login" } } : undefined;
}

async function isInstance(): Promise<boolean> {
  const vendor = await readFile("/sys/class/dmi/id/sys_vendor", "utf8").catch(() => "");
  return vendor.trim() === "Amazon EC2";
}
