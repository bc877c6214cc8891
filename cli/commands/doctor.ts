/** `doctor`: looks at this computer and at a cloud, with what to do about each thing that is wrong. Changes nothing. */
import type { Check, DoctorDocument } from "../../stacks/deploy.ts";
import { type CloudConfig, findCloud, readClouds } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { found } from "../doctor/check.ts";
import { machineChecks } from "../doctor/machine.ts";
import type { Paths } from "../paths.ts";

export type { DoctorDocument };

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const wanted = text(flags, "cloud");
  const { clouds } = await readClouds(paths);
  const config = clouds.length === 0 && wanted === undefined ? undefined : await findCloud(paths, wanted);
  const names = clouds.map(({ name }) => name);
  const { catalogChecks } = await import("../doctor/catalogs.ts");
  const checks = [
    ...(await machineChecks(paths, names)),
    ...(await catalogChecks(paths)),
    ...(config ? await cloudChecks(paths, config) : [noCloud]),
  ];
  const document: DoctorDocument = { cloud: config?.name ?? null, target: config?.target ?? null, checks };
  return { document, exitCode: checks.some(({ state }) => state === "fail") ? 1 : 0 };
}

const noCloud: Check = {
  id: "cloud",
  title: "Cloud",
  ...found("skipped", "There is none yet.", "freehold setup"),
};

async function cloudChecks(paths: Paths, config: CloudConfig): Promise<Check[]> {
  const { stateChecks } = await import("../doctor/state.ts");
  const { engineChecks } = await import("../doctor/engine.ts");
  const engine = await engineChecks(config);
  if (config.target === "local") {
    const { localChecks } = await import("../doctor/local.ts");
    return [...(await localChecks(config)), ...engine, ...(await stateChecks(paths, config))];
  }
  const { awsChecks } = await import("../doctor/aws.ts");
  const aws = await awsChecks(paths, config);
  const reached = aws.find(({ id }) => id === "aws-account")?.state === "ok";
  const skipped: Check = {
    id: "state-health",
    title: "State of what is installed",
    ...found("skipped", "Needs the account."),
  };
  if (!reached) return [...aws, ...engine, skipped];
  const { domainChecks } = await import("../doctor/domains.ts");
  return [...aws, ...engine, ...(await stateChecks(paths, config)), ...(await domainChecks(paths, config))];
}
