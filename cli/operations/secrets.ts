/**
 * Secret settings before the first change: what an app requires is set, and what was set before the app was there is as
 * its blueprint wants it. Values are given by `secret set` alone; none is told, kept or passed on here.
 */
import type { Cloud } from "../../stacks/cloud.ts";
import { faults } from "../errors.ts";
import { wasUp } from "../registry.ts";
import type { Plan } from "./plan.ts";
import { checkPattern } from "./settings.ts";
import type { Work } from "./work.ts";

/** Without a cloud nothing can be set yet. Throws `secret-missing`, `setting-wrong`. */
export async function checkSecrets({ deploy }: Work, cloud: Cloud | undefined, { app, before }: Plan): Promise<void> {
  const secrets = Object.entries(app.blueprint.manifest.settings).filter(([, { type }]) => type === "secret");
  const unseen = (pattern: string | undefined): boolean => pattern !== undefined && !wasUp(before);
  const looked = secrets.filter(([, { required, pattern }]) => required || unseen(pattern));
  if (looked.length === 0) return;
  const known = cloud ? await deploy.listSecrets(cloud, app.name) : [];
  const missing = looked.filter(([name, { required }]) => required && !known.includes(name)).map(([name]) => name);
  if (missing.length > 0) throw faults.secretMissing(app.name, missing);
  if (!cloud) return;
  for (const [name, definition] of looked)
    if (known.includes(name) && unseen(definition.pattern))
      checkPattern(name, definition, await deploy.readSecret(cloud, app.name, name));
}
