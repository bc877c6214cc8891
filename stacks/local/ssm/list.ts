/** The listings: by path, and described with filters. */
import type { LocalCloud } from "../service.ts";
import { errors } from "./errors.ts";
import { latest, metadataJson, page, parameterJson, type Tag, type VersionRow } from "./parameters.ts";
import type { Vault } from "./vault.ts";

interface Filter {
  Key: string;
  Option?: string;
  Values?: string[];
}

export function getParametersByPath(cloud: LocalCloud, vault: Vault, input: any) {
  const path: string = input.Path ?? "";
  if (!path.startsWith("/"))
    throw errors.validation(
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    );
  const rows = latest(cloud.store.db).filter(
    (row) => below(path, row.name, input.Recursive === true) && passes(cloud, row, input.ParameterFilters),
  );
  const { items, NextToken } = page(rows, input.MaxResults, input.NextToken, 10);
  return {
    Parameters: items.map((row) => parameterJson(cloud, vault, { row }, input.WithDecryption === true)),
    NextToken,
  };
}

export function describeParameters(cloud: LocalCloud, input: any) {
  const old: Filter[] = (input.Filters ?? []).map((filter: Filter) => ({ ...filter, Option: "Equals" }));
  const rows = latest(cloud.store.db).filter((row) => passes(cloud, row, [...old, ...(input.ParameterFilters ?? [])]));
  const { items, NextToken } = page(rows, input.MaxResults, input.NextToken, 50);
  return { Parameters: items.map((row) => metadataJson(cloud, row)), NextToken };
}

function below(path: string, name: string, recursive: boolean): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  if (path === "/") return recursive || !name.includes("/", 1);
  return name.startsWith(prefix) && (recursive || !name.includes("/", prefix.length));
}

function passes(cloud: LocalCloud, row: VersionRow, filters: Filter[] | undefined): boolean {
  return (filters ?? []).every((filter) => one(cloud, row, filter));
}

function one(cloud: LocalCloud, row: VersionRow, { Key, Option = "Equals", Values = [] }: Filter): boolean {
  if (Key === "Path") return Values.some((path) => below(path, row.name, Option === "Recursive"));
  if (Key.startsWith("tag:")) {
    const { tags } = cloud.store.db.prepare("SELECT tags FROM ssm_parameters WHERE name = ?").get(row.name) as {
      tags: string;
    };
    const tag = (JSON.parse(tags) as Tag[]).find((candidate) => candidate.Key === Key.slice(4));
    return tag !== undefined && (Values.length === 0 || Values.includes(tag.Value));
  }
  const fields: Record<string, string> = {
    Name: row.name,
    Type: row.type,
    KeyId: row.keyId ?? "",
    Tier: row.tier,
    DataType: row.dataType,
  };
  const value = fields[Key];
  if (value === undefined) throw errors.filter(Key);
  if (Option === "BeginsWith") return Values.some((beginning) => value.startsWith(beginning));
  if (Option === "Contains") return Values.some((part) => value.includes(part));
  return Values.includes(value);
}
