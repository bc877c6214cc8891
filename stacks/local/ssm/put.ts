/** PutParameter: every rule that decides whether a value is taken. */
import type { Call, LocalCloud } from "../service.ts";
import { errors } from "./errors.ts";
import { checkName, type Tag, type VersionRow } from "./parameters.ts";
import type { Vault } from "./vault.ts";

const maxVersions = 100;

export async function putParameter(
  cloud: LocalCloud,
  vault: Vault,
  input: any,
  call: Call,
): Promise<{ Version: number; Tier: string }> {
  const name = checkName(input.Name);
  const value = checkValue(input);
  if (input.Overwrite && input.Tags)
    throw errors.validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  const tags = checkTags(input.Tags);
  return cloud.store.write((db) => {
    const before = db
      .prepare(
        "SELECT v.* FROM ssm_parameters p JOIN ssm_versions v ON v.name = p.name AND v.version = p.version WHERE p.name = ?",
      )
      .get(name) as VersionRow | undefined;
    if (before && !input.Overwrite) throw errors.exists();
    const type = input.Type ?? before?.type;
    if (!type) throw errors.validation("A parameter type is required when you create a parameter.");
    const allowedPattern = input.AllowedPattern ?? before?.allowedPattern ?? null;
    checkPattern(name, value, allowedPattern);
    const version = (before?.version ?? 0) + 1;
    const tier = tierOf(input.Tier, value, before?.tier);
    if (!before)
      db.prepare("INSERT INTO ssm_parameters (name, version, tags) VALUES (?, ?, ?)").run(
        name,
        version,
        JSON.stringify(tags),
      );
    else db.prepare("UPDATE ssm_parameters SET version = ? WHERE name = ?").run(version, name);
    db.prepare(
      "INSERT INTO ssm_versions (name, version, type, value, tier, dataType, keyId, description, allowedPattern, modified, modifiedBy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(
      name,
      version,
      type,
      type === "SecureString" ? vault.seal(value) : value,
      tier,
      input.DataType ?? before?.dataType ?? "text",
      type === "SecureString" ? (input.KeyId ?? before?.keyId ?? "alias/aws/ssm") : null,
      input.Description ?? before?.description ?? null,
      allowedPattern,
      cloud.clock.now(),
      call.caller?.arn ?? "",
    );
    db.prepare("DELETE FROM ssm_versions WHERE name = ? AND version <= ?").run(name, version - maxVersions);
    return { Version: version, Tier: tier };
  });
}

function checkValue(input: any): string {
  if (input.Value === "")
    throw errors.validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  if (input.DataType !== undefined && input.DataType !== "text")
    throw errors.notHere(`The data type ${input.DataType}`);
  return input.Value;
}

function checkPattern(name: string, value: string, pattern: string | null): void {
  if (!pattern) return;
  let allowed: RegExp;
  try {
    allowed = new RegExp(pattern);
  } catch {
    throw errors.validation(`Invalid allowed pattern: ${pattern.slice(0, 200)}`);
  }
  if (!allowed.test(value)) throw errors.pattern(name, pattern);
}

function tierOf(asked: string | undefined, value: string, before: string | undefined): string {
  const size = Buffer.byteLength(value);
  if (size > 8192)
    throw errors.validation("Advanced tier parameters support a maximum parameter value of 8192 characters.");
  if (asked === "Intelligent-Tiering") return size > 4096 ? "Advanced" : (before ?? "Standard");
  const tier = asked ?? (before === "Advanced" ? "Advanced" : "Standard");
  if (tier === "Standard" && before === "Advanced")
    throw errors.validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
    );
  if (tier === "Standard" && size > 4096)
    throw errors.validation(
      "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.",
    );
  return tier;
}

export function checkTags(given: unknown): Tag[] {
  const tags = Array.isArray(given) ? (given as Tag[]) : [];
  for (const { Key, Value } of tags)
    if (
      typeof Key !== "string" ||
      Key === "" ||
      Key.length > 128 ||
      typeof Value !== "string" ||
      Value.length > 256 ||
      /^aws:/i.test(Key)
    )
      throw errors.validation("Tag keys have 1 to 128 characters and do not begin with aws:; values have up to 256.");
  if (tags.length > 50) throw errors.limit("The number of tags has reached the maximum limit of 50.");
  return tags.map(({ Key, Value }) => ({ Key, Value }));
}
