/**
 * Use of a local cloud, as AWS would charge it: calls and their durations by the reports that its runtime writes of each,
 * reads and writes of tables as cards take them to be. A bounded number of lines is read.
 */
import { noFlows, noStocks, type Use } from "../../../blueprints/use-costs.ts";
import type { Cloud } from "../../cloud.ts";
import { logGroupName } from "../../names.ts";
import { logs } from "../clients.ts";
import {
  answerGb,
  answering,
  bucketKind,
  functionKind,
  gb,
  hasSite,
  type MeasuredUse,
  type Part,
  type Row,
  type Span,
  tableKind,
  unpricedOf,
} from "./parts.ts";
import { bucketGb, holdTable } from "./sizes.ts";

const dayMs = 24 * 3_600_000;
/** Of up to ten thousand lines each. */
const mostPages = 5;

/** Of the logs of one call, and how often a call writes: as the card of a blueprint has it. */
const logGbOfCall = 512 / gb;
const callsPerWrite = 10;

export async function useByLogs(
  cloud: Cloud,
  parts: readonly Part[],
  span: Span,
): Promise<{ measured: MeasuredUse[]; metrics: number }> {
  const measured: MeasuredUse[] = [];
  for (const part of parts) measured.push(await partByLogs(cloud, part, span));
  return { measured, metrics: 0 };
}

async function partByLogs(cloud: Cloud, { name, rows, since = 0 }: Part, { from, now }: Span): Promise<MeasuredUse> {
  const soFar = noFlows();
  const open = answering(rows);
  const tables = rows.filter(({ kind }) => kind === tableKind);
  let more = false;
  for (const row of rows.filter(({ kind }) => kind === functionKind)) {
    const reports = await reportsOf(cloud, row, from);
    more ||= reports.more;
    soFar.functionCalls += reports.calls;
    soFar.gbSeconds += reports.gbSeconds;
    soFar.logGb += reports.calls * logGbOfCall;
    if (open.has(row.id)) {
      soFar.transferGb += reports.calls * answerGb;
      if (hasSite(rows)) soFar.bucketReads += reports.calls;
    } else if (tables.length > 0) {
      soFar.tableReads += reports.calls;
      soFar.tableWrites += reports.calls / callsPerWrite;
    }
  }
  const stocks = noStocks();
  for (const table of tables) await holdTable(cloud, table, stocks);
  for (const bucket of rows.filter(({ kind }) => kind === bucketKind)) {
    const { gb: size, least } = await bucketGb(cloud, bucket);
    stocks.bucketGb += size;
    more ||= least;
  }
  return {
    name,
    use: { soFar, ...perDayOf(soFar, Math.max(from, since), now), stocks },
    unpriced: unpricedOf(rows),
    notes: more ? ["There is more than was counted."] : [],
  };
}

/** Of less than an hour nothing follows. */
function perDayOf(soFar: Use["soFar"], from: number, now: number): Pick<Use, "perDay"> {
  const days = (now - from) / dayMs;
  if (days < 1 / 24) return {};
  return { perDay: Object.fromEntries(Object.entries(soFar).map(([flow, all]) => [flow, all / days])) as Use["soFar"] };
}

async function reportsOf(cloud: Cloud, { id }: Row, from: number) {
  const { sdk, client } = await logs(cloud);
  const found = { calls: 0, gbSeconds: 0, more: false };
  let nextToken: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const asked = { logGroupName: logGroupName(id), startTime: from, filterPattern: '"REPORT RequestId"', nextToken };
    const answer = await client.send(new sdk.FilterLogEventsCommand(asked)).catch((error: Error) => {
      if (error.name !== "ResourceNotFoundException") throw error;
      return { events: [], nextToken: undefined };
    });
    for (const { message = "" } of answer.events ?? []) {
      const [, ms, mb] = /^REPORT RequestId: .*Billed Duration: (\d+) ms\s+Memory Size: (\d+) MB/.exec(message) ?? [];
      if (ms === undefined) continue;
      found.calls += 1;
      found.gbSeconds += (Number(ms) / 1000) * (Number(mb) / 1024);
    }
    nextToken = answer.nextToken;
    if (!nextToken) break;
  }
  client.destroy();
  return { ...found, more: nextToken !== undefined };
}
