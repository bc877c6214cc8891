/**
 * What a manifest's parts mean to each other: names that meet, uses and routes that lead somewhere, files that are
 * there; and what this version does not carry out yet, which is refused, never ignored.
 */
import { reservedAppNames } from "./app-name.ts";
import { checkTexts } from "./check-texts.ts";
import { cloudUse, dataUse } from "./cloud-grant.ts";
import type { BlueprintFile } from "./files.ts";
import type { Finding } from "./finding.ts";
import {
  type FunctionDefinition,
  type Manifest,
  memoryMb,
  routesOf,
  siteOf,
  timeoutSeconds,
  variableName,
} from "./manifest.ts";
import { meetsPattern } from "./pattern.ts";
import { spelled } from "./seen.ts";
import { suggest } from "./suggest.ts";

/** Names that a stack has of its own. */
const reservedNouns = ["gate", "site", "limits"];
const allowedVerbs = {
  tables: ["read", "write"],
  buckets: ["read", "write"],
  queues: ["send"],
  functions: ["call"],
} as const;
/** Of the 4 KB that Lambda leaves for a gate's environment: its routes and headers, and a hundred bytes a function's name. */
const maxGateBytes = 3300;
/** Lambda's 4 KB without what every gate's environment has: names of 64 characters for six things, and their keys. */
const gateBytesAtMost = 4096 - 700;

const gateBytes = (manifest: Manifest): number =>
  Buffer.byteLength(JSON.stringify([routesOf(manifest), manifest.headers])) +
  100 * Object.keys(manifest.functions).length;

/** What is left there for names of the owner's own, of an app or (without one) of sign-in. */
export const bytesForNames = (manifest?: Manifest): number => gateBytesAtMost - (manifest ? gateBytes(manifest) : 0);

/** A key or a value as it stands in a sentence. */
const said = (text: string): string => spelled(text, 60);

export function checkManifest(manifest: Manifest, files: readonly BlueprintFile[]): Finding[] {
  return [
    ...notYet(manifest),
    ...names(manifest),
    ...Object.entries(manifest.functions).flatMap(([name, definition]) =>
      ofFunction(manifest, files, name, definition),
    ),
    ...tables(manifest),
    ...site(manifest, files),
    ...routes(manifest),
    ...settings(manifest),
    ...checkTexts(manifest),
  ];
}

function notYet(manifest: Manifest): Finding[] {
  const said: [boolean, PropertyKey[], string][] = [
    [filled(manifest.queues), ["queues"], "queues"],
    [filled(manifest.schedules), ["schedules"], "schedules"],
    [filled(manifest.events.publishes) || filled(manifest.events.listens), ["events"], "events"],
    [filled(manifest.needs), ["needs"], "needs"],
    [filled(manifest.resources), ["resources"], "raw resources"],
    [filled(manifest.reach.aws), ["reach", "aws"], "reach.aws"],
  ];
  const roles = Object.entries(manifest.roles)
    .filter(([role, meaning]) => role === "owner" && meaning !== "everything")
    .map(
      ([role]): Finding => ({
        path: ["roles", role],
        message: "the owner may do everything",
      }),
    );
  const streams = Object.entries(manifest.tables)
    .filter(([, { stream }]) => stream)
    .map(([name]): Finding => ({ path: ["tables", name, "stream"], key: true, message: "not yet: streams" }));
  return [
    ...said.filter(([is]) => is).map(([, path, what]): Finding => ({ path, key: true, message: `not yet: ${what}` })),
    ...roles,
    ...streams,
  ];
}

const filled = (value: object): boolean => Object.keys(value).length > 0;

function names(manifest: Manifest): Finding[] {
  const findings: Finding[] = [];
  if ((reservedAppNames as readonly string[]).includes(manifest.name))
    findings.push({ path: ["name"], message: `\`${manifest.name}\` is a name every cloud has already` });
  const seen = new Map<string, string>();
  for (const kind of ["functions", "tables", "buckets", "queues"] as const)
    for (const name of Object.keys(manifest[kind])) {
      const path = [kind, name];
      if (reservedNouns.includes(name))
        findings.push({ path, key: true, message: `\`${name}\` is a part every app has already; take another name` });
      const first = seen.get(name);
      if (first)
        findings.push({
          path,
          key: true,
          message: `\`${name}\` is also in ${first}; a name is used once in a blueprint`,
        });
      seen.set(name, kind);
    }
  return findings;
}

function ofFunction(
  manifest: Manifest,
  files: readonly BlueprintFile[],
  name: string,
  definition: FunctionDefinition,
): Finding[] {
  const at = (...rest: PropertyKey[]): PropertyKey[] => ["functions", name, ...rest];
  const findings: Finding[] = [];
  const memory = memoryMb(definition.memory);
  if (memory < 128 || memory > 10_240) findings.push({ path: at("memory"), message: "memory is from 128 MB to 10 GB" });
  const timeout = timeoutSeconds(definition.timeout);
  if (timeout < 1 || timeout > 900) findings.push({ path: at("timeout"), message: "a timeout is from 1 s to 15 min" });
  const missing = missingCode(definition, files);
  if (missing) findings.push({ path: at(missing.key), message: missing.message });
  return [...findings, ...uses(manifest, definition, at), ...environment(manifest, definition, at)];
}

function missingCode(
  { code, handler, runtime }: FunctionDefinition,
  files: readonly BlueprintFile[],
): { key: "code" | "handler"; message: string } | undefined {
  const folder = code.replace(/^\.\//, "").replace(/\/+$/, "");
  const inside = files.filter(({ path }) => folder === "." || path.startsWith(`${folder}/`));
  if (inside.length === 0) return { key: "code", message: `the folder ${said(code)} is not there, or is empty` };
  const has = (file: string) => inside.some(({ path }) => path === (folder === "." ? file : `${folder}/${file}`));
  if (runtime === "provided.al2023")
    return has("bootstrap") ? undefined : { key: "code", message: `${said(code)} has no executable \`bootstrap\`` };
  const module = handler.replace(/\.[^./]*$/, "");
  if (module === handler) return { key: "handler", message: "a handler is a file and an export, as `index.handler`" };
  const endings = runtime.startsWith("python") ? [".py"] : [".mjs", ".js", ".cjs"];
  if (endings.some((ending) => has(module + ending))) return undefined;
  return {
    key: "handler",
    message: `${said(code)} has no ${endings.map((ending) => said(module + ending)).join(" or ")}`,
  };
}

function uses(
  manifest: Manifest,
  definition: FunctionDefinition,
  at: (...rest: PropertyKey[]) => PropertyKey[],
): Finding[] {
  const kinds = Object.keys(allowedVerbs) as (keyof typeof allowedVerbs)[];
  return Object.entries(definition.uses).flatMap(([name, verb]): Finding[] => {
    const kind = kinds.find((one) => Object.hasOwn(manifest[one], name));
    if (!kind && [cloudUse, dataUse].includes(name)) {
      const what = name === cloudUse ? "the cloud" : "the data of other apps";
      return verb === "read"
        ? []
        : [{ path: at("uses", name), message: `${what} can be read, and no more: not ${verb}` }];
    }
    if (!kind) {
      const near = suggest(
        name,
        kinds.flatMap((one) => Object.keys(manifest[one])),
      );
      const help = near ? `; did you mean \`${near}\`?` : "";
      return [
        {
          path: at("uses", name),
          key: true,
          message: `\`${name}\` is no table, bucket, queue or function here${help}`,
        },
      ];
    }
    const allowed: readonly string[] = allowedVerbs[kind];
    if (!allowed.includes(verb))
      return [{ path: at("uses", name), message: `\`${name}\` is in ${kind}: ${allowed.join(" or ")}, not ${verb}` }];
    return [];
  });
}

const reservedVariable = /^(AWS_|LAMBDA_|FREEHOLD_|_X_AMZN)/i;

function environment(
  manifest: Manifest,
  definition: FunctionDefinition,
  at: (...rest: PropertyKey[]) => PropertyKey[],
): Finding[] {
  const own = new Set([
    ...Object.keys(manifest.tables).map((name) => `TABLE_${variableName(name)}`),
    ...Object.keys(manifest.buckets).map((name) => `BUCKET_${variableName(name)}`),
    ...Object.keys(manifest.functions).map((name) => `FUNCTION_${variableName(name)}`),
    ...Object.entries(manifest.settings).map(([name, { type }]) => settingVariable(name, type)),
  ]);
  return Object.entries(definition.environment).flatMap(([variable, value]): Finding[] => {
    const path = at("environment", variable);
    if (reservedVariable.test(variable) || own.has(variable))
      return [{ path, key: true, message: `${said(variable)} is set by the cloud itself; take another name` }];
    if (typeof value !== "string") return [];
    return references(value).flatMap((reference): Finding[] => {
      const setting = /^settings\.(.+)$/.exec(reference)?.[1];
      if (!setting) return [{ path, message: `\${${said(reference)}} is not known; \${settings.NAME} is` }];
      const found = Object.hasOwn(manifest.settings, setting) ? manifest.settings[setting] : undefined;
      if (!found) {
        const near = suggest(setting, Object.keys(manifest.settings));
        return [
          { path, message: `there is no setting \`${said(setting)}\`${near ? `; did you mean \`${near}\`?` : ""}` },
        ];
      }
      if (found.type !== "secret") return [];
      const parameter = settingVariable(setting, "secret");
      return [
        {
          path,
          message: `\`${setting}\` is secret, and an environment is not; read the parameter named by ${parameter}`,
        },
      ];
    });
  });
}

/** `${a}` and `${b}` of a text. */
export function references(text: string): string[] {
  return [...text.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1]!);
}

/** The variable in which a function finds a setting, or the name of the parameter that holds a secret one. */
export function settingVariable(name: string, type: string): string {
  return `SETTING_${variableName(name)}${type === "secret" ? "_PARAMETER" : ""}`;
}

function tables(manifest: Manifest): Finding[] {
  return Object.entries(manifest.tables).flatMap(([table, { key, sort, indexes, expires }]) => {
    const types = new Map<string, string>();
    const findings: Finding[] = [];
    const learn = (attributes: Record<string, string> | undefined, path: PropertyKey[]) => {
      for (const [attribute, type] of Object.entries(attributes ?? {})) {
        const before = types.get(attribute);
        if (before && before !== type)
          findings.push({
            path: [...path, attribute],
            message: `\`${attribute}\` is a ${before} elsewhere in this table`,
          });
        types.set(attribute, type);
      }
    };
    learn(key, ["tables", table, "key"]);
    learn(sort, ["tables", table, "sort"]);
    if (sort && Object.keys(sort)[0] === Object.keys(key)[0])
      findings.push({ path: ["tables", table, "sort"], message: "key and sort are two attributes" });
    for (const [name, index] of Object.entries(indexes)) {
      learn(index.key, ["tables", table, "indexes", name, "key"]);
      learn(index.sort, ["tables", table, "indexes", name, "sort"]);
    }
    if (Object.keys(indexes).length > 20)
      findings.push({ path: ["tables", table, "indexes"], key: true, message: "a table may have 20 indexes" });
    if (expires && Object.hasOwn(key, expires))
      findings.push({ path: ["tables", table, "expires"], message: "a key cannot expire" });
    return findings;
  });
}

function site(manifest: Manifest, files: readonly BlueprintFile[]): Finding[] {
  const findings: Finding[] = [];
  const { folder: site = "", fallback } = siteOf(manifest) ?? {};
  const folder = manifest.site === undefined ? undefined : site.replace(/^\.\//, "").replace(/\/+$/, "");
  if (folder !== undefined && !files.some(({ path }) => path.startsWith(`${folder}/`)))
    findings.push({ path: ["site"], message: `the folder ${said(site)} is not there, or is empty` });
  else if (fallback !== undefined && !files.some(({ path }) => path === `${folder}/${fallback}`))
    findings.push({ path: ["site", "fallback"], message: `${said(fallback)} is not in the folder ${said(site)}` });
  if (manifest.icon !== undefined && !files.some(({ path }) => path === manifest.icon))
    findings.push({ path: ["icon"], message: `${said(manifest.icon)} is not there` });
  return findings;
}

function routes(manifest: Manifest): Finding[] {
  const findings = Object.entries(manifest.routes).flatMap(([path, route]): Finding[] => {
    const at: PropertyKey[] = ["routes", path];
    const to = typeof route === "string" ? route : route.to;
    const found: Finding[] = [];
    if (!/^\/$|^(\/[A-Za-z0-9._~@:+-]+)+(\/\*)?$|^\/\*$/.test(path) || /\/\.{1,2}(\/|$)/.test(path))
      found.push({ path: at, key: true, message: `${said(path)} is no route: \`/\`, \`/about\` and \`/api/*\` are` });
    if (path === "/*") found.push({ path: at, key: true, message: "`/*` is `/`, which is everything else" });
    if (path === "/.freehold" || path.startsWith("/.freehold/"))
      found.push({ path: at, key: true, message: "addresses below /.freehold are the gate's own" });
    const place = typeof route === "string" ? at : [...at, "to"];
    if (to === "site" && manifest.site === undefined)
      found.push({ path: place, message: "there is no `site` in this blueprint" });
    if (to !== "site" && !Object.hasOwn(manifest.functions, to)) {
      const near = suggest(to, ["site", ...Object.keys(manifest.functions)]);
      found.push({
        path: place,
        message: `\`${to}\` is neither \`site\` nor a function${near ? `; did you mean \`${near}\`?` : ""}`,
      });
    }
    if (typeof route !== "string" && route.limit && !route.public)
      found.push({ path: [...at, "limit"], key: true, message: "a limit is for public routes" });
    return found;
  });
  if (gateBytes(manifest) > maxGateBytes)
    findings.push({
      path: ["routes"],
      key: true,
      message: "there are more routes and headers than a gate can hold; use `/x/*`",
    });
  return findings;
}

function settings(manifest: Manifest): Finding[] {
  return Object.entries(manifest.settings).flatMap(([name, setting]): Finding[] => {
    const at: PropertyKey[] = ["settings", name];
    const found: Finding[] = [];
    const pattern = setting.pattern === undefined ? undefined : compiled(setting.pattern);
    if (setting.pattern !== undefined && !pattern)
      found.push({ path: [...at, "pattern"], message: "is no regular expression" });
    if (setting.default === undefined) return found;
    if (setting.type === "secret")
      found.push({ path: [...at, "default"], message: "a secret in a blueprint is known to everybody; leave it out" });
    else if (typeof setting.default !== setting.type)
      found.push({
        path: [...at, "default"],
        message: `is a ${typeof setting.default}, and the setting a ${setting.type}`,
      });
    else if (pattern) {
      const met = meetsPattern(pattern.source, String(setting.default));
      if (met === "too-slow") found.push({ path: [...at, "pattern"], message: "is a pattern that takes too long" });
      else if (!met) found.push({ path: [...at, "default"], message: "does not meet the setting's own pattern" });
    }
    return found;
  });
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}
