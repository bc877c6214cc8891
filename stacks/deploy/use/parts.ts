/** What of a cloud is charged, as the states of its stacks have it: the resources that count, and what they cost unused. */
import { fixedCostOf } from "../../../blueprints/fixed-costs.ts";
import type { Use } from "../../../blueprints/use-costs.ts";
import type { Cloud } from "../../cloud.ts";
import { sealedExport } from "../health.ts";
import type { Kept } from "../types.ts";

export interface Row {
  kind: string;
  /** In the cloud. */
  id: string;
  inputs: Readonly<Record<string, unknown>>;
}

export interface Part {
  name: string;
  rows: readonly Row[];
  since?: number;
}

export interface MeasuredUse {
  name: string;
  use: Use;
  /** What has no price here, each once. */
  unpriced: string[];
  /** Sentences: what could not be seen, and how late a metric is. */
  notes: string[];
}

/** When is asked about: milliseconds, 1970. */
export interface Span {
  from: number;
  until: number;
  now: number;
}

interface Exported {
  deployment: { resources?: { type: string; id?: string; custom?: boolean; inputs?: Record<string, unknown> }[] };
}

/** What its state has in the cloud. */
export async function rowsOfStack(cloud: Cloud, name: string): Promise<Row[]> {
  const { deployment } = (await sealedExport(cloud, name)) as Exported;
  return (deployment.resources ?? [])
    .filter(({ custom, id }) => custom && id)
    .map(({ type, id = "", inputs = {} }) => ({ kind: type, id, inputs }));
}

export const rowsOf = (kept: readonly Kept[]): Row[] =>
  kept.map(({ kind, id }) => ({ kind, id, inputs: kind === tableKind ? { billingMode: "PAY_PER_REQUEST" } : {} }));

export const functionKind = "aws:lambda/function:Function";
export const tableKind = "aws:dynamodb/table:Table";
export const bucketKind = "aws:s3/bucket:Bucket";
export const logsKind = "aws:cloudwatch/logGroup:LogGroup";
const urlKind = "aws:lambda/functionUrl:FunctionUrl";

/** Reasons, each once. What costs something by being there and has a price is among what is held. */
export const unpricedOf = (rows: readonly Row[]): string[] => [
  ...new Set(rows.map(fixedCostOf).flatMap((one) => ("unpriced" in one ? one.unpriced : []))),
];

/** Names of the functions that have an address: what they answer leaves AWS. */
export const answering = (rows: readonly Row[]): ReadonlySet<string> =>
  new Set(rows.filter(({ kind }) => kind === urlKind).map(({ inputs }) => String(inputs["functionName"])));

/** Of an app whose gate reads pages from a bucket. */
export const hasSite = (rows: readonly Row[]): boolean =>
  rows.some(({ kind, id }) => kind === bucketKind && /--site-[0-9a-f]{10}$/.test(id));

export const memoryGbOf = ({ inputs }: Row): number => Number(inputs["memorySize"] ?? 128) / 1024;

/** Of those that keep what was in them: data can be brought back, and that is paid for. */
export const recovers = ({ inputs }: Row): boolean =>
  (inputs["pointInTimeRecovery"] as { enabled?: boolean } | undefined)?.enabled === true;

export const gb = 1024 ** 3;
/** What an answer is taken to be, since nobody publishes it. */
export const answerGb = (10 * 1024) / gb;
