/**
 * The files a deployment's command line names: a plan to keep to or to write, resources to import or to be listed for
 * an import. Read before anything begins, so that one that is missing or wrong changes nothing.
 */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { flag, isSet } from "../cli.ts";
import { readGiven } from "../commands/config.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { Bail, Diagnosis } from "../diagnosis.ts";
import type { Session } from "../session.ts";
import type { SecretsManager, StackRef } from "../state/index.ts";
import type { ResourceState } from "../state/resource.ts";
import { importCode } from "./import-code.ts";
import { importListing } from "./import-listing.ts";
import { importResources, type PlannedImport, parseImports } from "./import-plan.ts";
import { UpdatePlan } from "./update-plan.ts";
import { parsePlan, planText } from "./update-plan-file.ts";

export interface Asked {
  /** Before the first step. */
  watch(d: Deployment): void;
  importInto(d: Deployment): Promise<void>;
  /** After the last step. Throws Bail when the plan asked for more. */
  check(d: Deployment): void;
  /** When all went well. */
  write(d: Deployment): Promise<void>;
}

/** Throws Diagnosis for a file that is not there or not what it has to be. */
export async function readAsked(session: Session, ref: StackRef, manager: SecretsManager | undefined): Promise<Asked> {
  const { line, cwd, clock, version, out } = session.init;
  const path = (name: string): string | undefined => {
    const given = flag(line, name);
    return given === undefined ? undefined : resolve(cwd, given);
  };
  const given = flag(line, "--plan");
  const expected = given === undefined ? undefined : parsePlan(await readGiven(path("--plan")!, given), given, manager);
  const imports = line.command === "import" ? await readImports(session, ref) : [];
  const savePlan = path("--save-plan");
  const importFile = path("--import-file");
  let plan: UpdatePlan | undefined;
  let imported: ResourceState[] = [];

  return {
    watch(d) {
      if (!expected && !savePlan) return;
      const made = new UpdatePlan(d, expected);
      plan = made;
      d.events.watcher = made;
      d.seedOf = (urn) => made.seedOf(urn);
    },
    async importInto(d) {
      imported = await importResources(d, imports);
    },
    check(d) {
      if (!expected || d.failed) return;
      const missing = plan!.missing();
      for (const urn of missing)
        d.events.diagnostic({
          severity: "error",
          message: `expected resource operations for ${urn} but none were seen`,
          urn,
        });
      if (missing.length > 0) throw new Bail();
    },
    async write(d) {
      if (savePlan) {
        const config = (await session.settings(ref)).stored();
        const text = planText(plan!.recorded, { config, version: `v${version}`, now: clock.now() }, manager);
        await writeFile(savePlan, text, { mode: 0o600 });
      }
      if (importFile) await writeFile(importFile, importListing(d), { mode: 0o600 });
      if (line.command === "import" && generatesCode(session)) {
        const code = importCode(imported);
        const to = path("--out");
        if (to) await writeFile(to, code, { mode: 0o600 });
        else out(`\nThe program must declare what was imported, or the next update deletes it:\n\n${code}`);
      }
    },
  };
}

function generatesCode(session: Session): boolean {
  return flag(session.init.line, "--generate-code") !== "false" && !isSet(session.init.line, "--preview-only");
}

async function readImports(session: Session, ref: StackRef): Promise<PlannedImport[]> {
  const { line, cwd } = session.init;
  const { runtime } = await session.project();
  if (generatesCode(session) && runtime !== "nodejs")
    throw new Diagnosis(
      `this engine writes the code of imported resources in TypeScript only, and the project's runtime is ${runtime}; pass --generate-code=false and declare them yourself`,
    );
  const file = flag(line, "--file");
  const protect = flag(line, "--protect") !== "false";
  if (file === undefined) return parseImports(inlineImport(session), ref, protect);
  if (line.positional.length > 0 || ["--parent", "--provider", "--properties"].some((name) => flag(line, name)))
    throw new Diagnosis("an inline resource may not be specified in conjunction with an import file");
  const text = await readGiven(resolve(cwd, file), file).catch((cause: Error) => {
    throw new Diagnosis(`could not read import file: ${cause.message}`);
  });
  return parseImports(parsed(text), ref, protect);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Diagnosis(`could not read import file: ${(cause as Error).message}`);
  }
}

/** `pulumi import TYPE NAME ID`, as a file would say it. */
function inlineImport(session: Session): unknown {
  const { line } = session.init;
  const missing = ["type, name, and id", "name and id", "id"][line.positional.length];
  if (missing)
    throw new Diagnosis(
      `an inline resource must be specified if no converter or import file is used, missing ${missing}`,
    );
  if (line.positional.length > 3) throw new Diagnosis("only expected at most three arguments");
  const [type, name, id] = line.positional;
  const nameTable: { [name: string]: string } = {};
  const reference = (flagName: string, otherwise: string): string | undefined => {
    const given = flag(line, flagName);
    if (given === undefined) return undefined;
    const cut = given.startsWith("urn:") ? -1 : given.indexOf("=");
    const called = cut < 0 ? otherwise : given.slice(0, cut);
    nameTable[called] = given.slice(cut + 1);
    return called;
  };
  const parent = reference("--parent", "parent");
  const provider = reference("--provider", "provider");
  const properties = flag(line, "--properties")?.split(",");
  return { nameTable, resources: [{ type, name, id, parent, provider, properties }] };
}
