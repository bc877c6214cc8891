/**
 * What an app cannot be without, before the first change: required settings and secrets are there, and a secret is as the
 * blueprint wants it. What is missing is told by an event, so that a person can be asked and the operation run again;
 * nobody is waited for here. No value of a secret is told or kept.
 */
import type { CardSetting } from "../../blueprints/card.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import { faults } from "../errors.ts";
import { wasUp } from "../registry.ts";
import { again } from "./consent.ts";
import type { Plan } from "./plan.ts";
import { typedValue } from "./settings.ts";
import type { Work } from "./work.ts";

/** Without a cloud no secret can have been set. Emits `settings-needed`. Throws `setting-missing`, `secret-missing`, `setting-wrong`. */
export async function checkNeeded(work: Work, cloud: Cloud | undefined, plan: Plan): Promise<void> {
  const { app, before } = plan;
  const { settings } = app.blueprint.manifest;
  for (const [name, value] of Object.entries(app.secrets)) typedValue(name, settings[name]!, value);
  const secrets = Object.entries(settings).filter(([name, { type }]) => type === "secret" && !(name in app.secrets));
  const unseen = (pattern: string | undefined): boolean => pattern !== undefined && !wasUp(before);
  const looked = secrets.filter(([, { required, pattern }]) => required || unseen(pattern));
  const known = cloud && looked.length > 0 ? await work.deploy.listSecrets(cloud, app.name) : [];
  const missing = Object.entries(settings)
    .filter(([, { required, default: preset }]) => required && preset === undefined)
    .filter(([name]) => ![...Object.keys(app.settings), ...Object.keys(app.secrets), ...known].includes(name))
    .map(([name, definition]) => ({ name, ...definition }));
  if (missing.length > 0) throw missingFault(work, plan, missing);
  for (const [name, definition] of looked)
    if (cloud && known.includes(name) && unseen(definition.pattern))
      typedValue(name, definition, await work.deploy.readSecret(cloud, app.name, name));
}

function missingFault(work: Work, plan: Plan, missing: CardSetting[]) {
  const { name } = plan.app;
  // Of one app that was named: answers are for it alone.
  if (work.request.ref !== undefined) work.emit({ type: "settings-needed", app: name, settings: missing });
  const names = (secret: boolean): string[] =>
    missing.filter(({ type }) => (type === "secret") === secret).map((one) => one.name);
  const [plain, secret] = [names(false), names(true)];
  if (plain.length === 0) return faults.secretMissing(name, secret);
  return faults.settingMissing(name, plain, secret, again(work, plan, plain));
}
