/** A manifest's function: its code, its rights from `uses`, and an environment that tells it where its things are. */
import { asset } from "@pulumi/pulumi";
import { references, settingVariable } from "../../blueprints/check.ts";
import { cloudUse, dataUse } from "../../blueprints/cloud-grant.ts";
import {
  type FunctionDefinition,
  type Manifest,
  memoryMb,
  timeoutSeconds,
  variableName,
} from "../../blueprints/manifest.ts";
import { grantsOf, secretSettings } from "../../blueprints/reach.ts";
import { appsTable, identityKeyParameter, secretParameter } from "../names.ts";
import { type Context, nameOf } from "./context.ts";
import { execRole } from "./exec-role.ts";
import { LambdaComponent } from "./lambda.ts";
import { packedTags } from "./packed-tags.ts";
import { grantedRights, grantTags, identityRights } from "./rights.ts";

export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface AppFunctionArgs {
  manifest: Manifest;
  definition: FunctionDefinition;
  /** Absolute folder of the code, and its digest. */
  codeDir: string;
  codeDigest: string;
  /** Plain settings, defaults filled in. */
  settings: Settings;
}

export class AppFunction extends LambdaComponent {
  constructor(context: Context, noun: string, args: AppFunctionArgs) {
    const { definition, manifest } = args;
    const environment = environmentOf(context, args);
    const grants = grantsOf(manifest, definition);
    const rights = [...grantedRights(context, grants), identityRights(context)];
    const roleTags = grantTags(grants);
    super("freehold:app:Function", context, noun, {
      handler: definition.handler,
      runtime: definition.runtime,
      memoryMb: memoryMb(definition.memory),
      timeoutSeconds: timeoutSeconds(definition.timeout),
      code: new asset.FileArchive(args.codeDir),
      environment,
      rights,
      roleTags,
      definition: { definition, code: args.codeDigest },
      tags: hostTags(manifest.reach.hosts),
    });
    execRole(context, noun, { rights, tags: roleTags }, this);
  }
}

/**
 * The hosts it reaches, for the local cloud, which lets it reach no others. A tag's value has no stars: `.example.org` is
 * every name below.
 */
export const hostTags = (hosts: readonly string[]): Record<string, string> =>
  packedTags(
    "freehold:hosts",
    hosts.map((one) => one.replace(/^\*/, "")),
  );

function environmentOf(context: Context, { manifest, definition, settings }: AppFunctionArgs): Record<string, string> {
  const environment: Record<string, string> = {
    FREEHOLD_APP: context.app,
    FREEHOLD_CLOUD: context.cloud,
    FREEHOLD_IDENTITY_KEY: identityKeyParameter(context.cloud, context.app),
  };
  for (const name of Object.keys(definition.uses)) {
    if (name in manifest.tables) environment[`TABLE_${variableName(name)}`] = nameOf(context, name, "table");
    if (name in manifest.buckets) environment[`BUCKET_${variableName(name)}`] = nameOf(context, name, "bucket");
    if (name in manifest.functions) environment[`FUNCTION_${variableName(name)}`] = nameOf(context, name, "function");
  }
  const granted = grantsOf(manifest, definition).map(({ kind }) => kind);
  if (granted.includes(cloudUse)) environment[`TABLE_${variableName(cloudUse)}`] = appsTable(context.cloud);
  if (granted.includes(dataUse)) environment["FREEHOLD_DATA"] = "read";
  for (const [name, value] of Object.entries(settings)) environment[settingVariable(name, "string")] = String(value);
  for (const name of secretSettings(manifest))
    environment[settingVariable(name, "secret")] = secretParameter(context.cloud, context.app, name);
  for (const [variable, value] of Object.entries(definition.environment))
    environment[variable] = interpolate(String(value), settings);
  return environment;
}

/** A setting that is not set is the empty text. */
function interpolate(text: string, settings: Settings): string {
  return references(text).reduce(
    (result, reference) =>
      result.replaceAll(`\${${reference}}`, () => String(settings[reference.slice("settings.".length)] ?? "")),
    text,
  );
}
