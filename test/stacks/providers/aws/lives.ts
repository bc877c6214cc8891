/**
 * Every type's whole life against every AWS that can be had: moto, our local cloud, LocalStack. A provider that works
 * against one of them only does not work.
 */
import { Organizations } from "@aws-sdk/client-organizations";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Provider } from "../../../../stacks/engine/provider.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { startBudgets } from "../../../support/budgets.ts";
import { startTestCloud } from "../../../support/local-cloud.ts";
import { localStack, localStackName, reachLocalStack } from "../../../support/localstack.ts";
import { startMoto } from "../../../support/moto.ts";
import { missing, motoServer } from "../../../support/tools.ts";
import type { Ground } from "./cases.ts";
import { metaOf, unlikeClass } from "./class-shape.ts";
import { Driver } from "./driver.ts";
import { casesOn, everyCase } from "./every-case.ts";

interface Aws {
  title: string;
  /** Says so loudly when it is to be. */
  skip(): boolean;
  start(): Promise<{ env: Record<string, string>; close(): Promise<void> }>;
}

const awses: Aws[] = [
  { title: "moto", skip: () => missing(motoServer(), "moto_server"), start: startMoto },
  { title: "the local cloud", skip: () => false, start: () => startTestCloud() },
  { title: "small Budgets", skip: () => false, start: startBudgets },
  { title: "LocalStack", skip: () => missing(localStack, localStackName), start: reachLocalStack },
];

/** On the local cloud, which is always there, or on those of other people. */
export function livesOn(which: "the local cloud" | "others"): void {
  const chosen = awses.filter(({ title }) => (title === "the local cloud") === (which === "the local cloud"));
  describe.each(chosen)("on $title", lives);
}

function lives({ title, skip, start }: Aws): void {
  describe.skipIf(skip())("each type", () => {
    let aws: Awaited<ReturnType<Aws["start"]>>;
    let provider: Provider;
    beforeAll(async () => {
      aws = await start();
      if (title === "moto") await organize(aws.env);
      provider = createAwsProvider({ environment: aws.env });
      await provider.configure({});
    });
    afterAll(async () => {
      await provider?.close();
      await aws?.close();
    });

    // Create, read back, change, import and delete must all tell the same story, or `up` never settles.
    it.each(casesOn(title))("%s lives and dies", async (name) => {
      const ground: Ground = { provider, made: [] };
      const life = await everyCase[name]!(ground);
      const driver = await new Driver(provider, life.type, "life").create(life.create);
      for (const [output, value] of Object.entries(life.outputs))
        expect(String(driver.outputs[output]), output).toMatch(typeof value === "string" ? literal(value) : value);
      expect(JSON.stringify(driver.outputs)).not.toContain("__defaults");
      expect(unlikeClass(life.type, driver.outputs), "as its class says").toEqual({ wrong: [], missing: [] });
      expect(driver.outputs["__meta"]).toBe(metaOf(life.type));
      expect((await driver.diff(life.create)).changes, "right after creation").toBe("none");
      const checked = driver.inputs;
      expect(await driver.refresh()).toBe(true);
      expect(JSON.stringify(driver.inputs).split("__defaults").length, "marks that were read back").toBe(
        JSON.stringify(checked).split("__defaults").length,
      );
      expect(changes(await driver.diff(life.create)), "after reading back").toEqual([]);

      let last = life.create;
      for (const step of life.steps.filter(({ notOn }) => !notOn?.includes(title))) {
        const diff = await driver.diff(step.inputs);
        expect(diff.changes, `${step.change} is noticed`).toBe("some");
        expect(diff.replaces, step.change).toEqual(expect.arrayContaining(step.replaces ?? []));
        if (step.replaces) continue;
        expect(diff.replaces, step.change).toEqual([]);
        await driver.update(step.inputs);
        last = step.inputs;
        expect(await driver.refresh()).toBe(true);
        expect(changes(await driver.diff(last)), `after changing ${step.change}`).toEqual([]);
        expect(unlikeClass(life.type, driver.outputs).wrong, `after changing ${step.change}`).toEqual([]);
        expect(driver.outputs["__meta"]).toBe(metaOf(life.type));
      }

      const imported = await driver.imported(life.importId?.(driver));
      expect(imported.id).toBe(driver.id);
      const again = changes(await imported.diff(named(last, driver)));
      expect(
        again.filter((path) => !life.unreadable?.includes(path)),
        "after an import",
      ).toEqual([]);

      await unprotected(driver, last);
      await driver.delete();
      expect(await driver.refresh(), "it is gone").toBe(life.remainsOn?.includes(title) ?? false);
      await driver.delete();
      for (const made of ground.made.reverse()) await made.delete();
    });
  });
}

/** Accounts are made in an organization, which is there before any program. */
async function organize(env: Record<string, string>): Promise<void> {
  const credentials = { accessKeyId: env["AWS_ACCESS_KEY_ID"]!, secretAccessKey: env["AWS_SECRET_ACCESS_KEY"]! };
  const client = new Organizations({ endpoint: env["AWS_ENDPOINT_URL"], region: env["AWS_REGION"], credentials });
  await client.createOrganization({ FeatureSet: "ALL" });
  client.destroy();
}

const literal = (value: string): RegExp => new RegExp(`^${value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
const changes = (diff: { detailedDiff?: object }): string[] => Object.keys(diff.detailedDiff ?? {});

/** A program that imports says the physical name that it was given. */
function named(inputs: Driver["inputs"], driver: Driver): Driver["inputs"] {
  const invented = (driver.inputs["__defaults"] ?? []) as string[];
  const names = ["name", "bucket", "statementId"].filter((name) => invented.includes(name));
  return { ...inputs, ...Object.fromEntries(names.map((name) => [name, driver.inputs[name]!])) };
}

/** A protected table is unprotected before it is deleted, as a person would. */
async function unprotected(driver: Driver, inputs: Driver["inputs"]): Promise<void> {
  if (driver.outputs["deletionProtectionEnabled"] !== true) return;
  await driver.update({ ...inputs, deletionProtectionEnabled: false });
}

/** Types that have a life here; sorted, as `knownTypes` is once sorted. */
export async function typesWithLives(): Promise<string[]> {
  const provider = { create: async () => ({ id: "x", outputs: { arn: "arn:x" } }) } as unknown as Provider;
  const checked = { ...provider, check: async () => ({ inputs: {}, failures: [] }) } as unknown as Provider;
  const lives = await Promise.all(Object.values(everyCase).map((one) => one({ provider: checked, made: [] })));
  return [...new Set(lives.map(({ type }) => type))].sort();
}
