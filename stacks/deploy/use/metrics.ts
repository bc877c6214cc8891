/**
 * Use by what AWS publishes of it: CloudWatch's metrics of functions, tables, logs, HTTP APIs and distributions by the hour,
 * of buckets once a day. One call asks for as many metrics as may be asked for at once; each metric is paid for.
 */
import { type Flow, type Flows, flows, noFlows, noStocks, type Stocks } from "../../../blueprints/use-costs.ts";
import type { Cloud } from "../../cloud.ts";
import { cloudwatch } from "../clients.ts";
import {
  answerGb,
  answering,
  bucketKind,
  functionKind,
  gb,
  hasSite,
  logsKind,
  type MeasuredUse,
  memoryGbOf,
  type Part,
  type Row,
  type Span,
  tableKind,
  unpricedOf,
} from "./parts.ts";
import { bucketGb, holdTable, keptLogGb } from "./sizes.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** What goes on is what was in the days before. */
const lookBackDays = 7;

/** One metric, and what a point of it adds. */
interface Question {
  part: number;
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
  /** How much of what one unit of it is; none of a size, whose newest point counts. */
  adds?: Partial<Flows>;
  /** It is answered for the world in one region. */
  global?: true;
}

interface Point {
  at: number;
  value: number;
}

export async function useByMetrics(
  cloud: Cloud,
  parts: readonly Part[],
  span: Span,
): Promise<{ measured: MeasuredUse[]; metrics: number }> {
  const questions = parts.flatMap((part, at) => part.rows.flatMap((row) => questionsOf(row, part, at)));
  const points = [
    ...(await ask(cloud, questions, span)),
    ...(await ask({ ...cloud, region: "us-east-1" }, questions, span, true)),
  ];
  const answers = new Map(points);
  const measured: MeasuredUse[] = [];
  for (const [at, part] of parts.entries()) {
    const own = questions
      .filter(({ part: of }) => of === at)
      .map((one) => ({ ...one, points: answers.get(one) ?? [] }));
    const { held, notes } = await heldBy(cloud, part, own, span.now);
    measured.push({
      name: part.name,
      use: { ...flowing(part, own, span), stocks: held },
      unpriced: unpricedOf(part.rows),
      notes,
    });
  }
  return { measured, metrics: questions.length };
}

const zoneKind = "aws:route53/zone:Zone";

type Answered = Question & { points: readonly Point[] };

/** By type: what is published of one. */
function questionsOf(row: Row, { rows }: Part, part: number): Question[] {
  const { kind, id, inputs } = row;
  const of = (
    namespace: string,
    dimensions: Question["dimensions"],
    names: Record<string, Partial<Flows> | undefined>,
  ) =>
    Object.entries(names).map(
      ([name, adds]): Question => ({ part, namespace, name, dimensions, ...(adds ? { adds } : {}) }),
    );
  switch (kind) {
    case functionKind: {
      const answers = answering(rows).has(id);
      const calls: Partial<Flows> = {
        functionCalls: 1,
        ...(answers ? { transferGb: answerGb, ...(hasSite(rows) ? { bucketReads: 1 } : {}) } : {}),
      };
      // Milliseconds.
      return of(
        "AWS/Lambda",
        { FunctionName: id },
        { Invocations: calls, Duration: { gbSeconds: memoryGbOf(row) / 1000 } },
      );
    }
    case tableKind: {
      const consumed = { ConsumedReadCapacityUnits: { tableReads: 1 }, ConsumedWriteCapacityUnits: { tableWrites: 1 } };
      const indexes = (inputs["globalSecondaryIndexes"] as { name?: string }[] | undefined) ?? [];
      return [
        ...of("AWS/DynamoDB", { TableName: id }, consumed),
        ...indexes.flatMap(({ name = "" }) =>
          of("AWS/DynamoDB", { TableName: id, GlobalSecondaryIndexName: name }, consumed),
        ),
      ];
    }
    case bucketKind:
      return of("AWS/S3", { BucketName: id, StorageType: "StandardStorage" }, { BucketSizeBytes: undefined });
    case logsKind:
      return of("AWS/Logs", { LogGroupName: id }, { IncomingBytes: { logGb: 1 / gb } });
    case "aws:apigatewayv2/api:Api":
      return of("AWS/ApiGateway", { ApiId: id }, { Count: { apiCalls: 1 } });
    case "aws:cloudfront/distribution:Distribution":
      return of(
        "AWS/CloudFront",
        { DistributionId: id, Region: "Global" },
        { Requests: { cdnRequests: 1 }, BytesDownloaded: { cdnGb: 1 / gb } },
      ).map((one) => ({ ...one, global: true as const }));
    default:
      return [];
  }
}

/** So many points may be in an answer; by the hour and over a month and a week these many metrics stay below it. */
const atOnce = 100;

async function ask(
  cloud: Cloud,
  all: readonly Question[],
  { from, now }: Span,
  global?: true,
): Promise<[Question, Point[]][]> {
  const questions = all.filter((one) => one.global === global);
  if (questions.length === 0) return [];
  const { sdk, client } = await cloudwatch(cloud);
  const begin = Math.min(from, now - lookBackDays * dayMs);
  const found: [Question, Point[]][] = questions.map((one) => [one, []]);
  for (let first = 0; first < found.length; first += atOnce) {
    const some = found.slice(first, first + atOnce);
    let NextToken: string | undefined;
    do {
      const answer = await client.send(
        new sdk.GetMetricDataCommand({
          StartTime: new Date(Math.floor(begin / hourMs) * hourMs),
          EndTime: new Date(now),
          ScanBy: "TimestampAscending",
          MetricDataQueries: some.map(([question], at) => ({ Id: `m${at}`, MetricStat: statOf(question) })),
          NextToken,
        }),
      );
      for (const { Id = "", Timestamps = [], Values = [] } of answer.MetricDataResults ?? [])
        some[Number(Id.slice(1))]?.[1].push(
          ...Timestamps.map((at, index) => ({ at: at.getTime(), value: Values[index] ?? 0 })),
        );
      NextToken = answer.NextToken;
    } while (NextToken);
  }
  client.destroy();
  return found;
}

const statOf = ({ namespace, name, dimensions, adds }: Question) => ({
  Metric: {
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  },
  Period: (adds ? hourMs : dayMs) / 1000,
  Stat: adds ? "Sum" : "Average",
});

/** Since the month began, and a day of the last week or of what is younger. */
function flowing({ since }: Part, own: readonly Answered[], { from, now }: Span): { soFar: Flows; perDay?: Flows } {
  const back = Math.max(now - lookBackDays * dayMs, since ?? 0);
  const days = (now - back) / dayMs;
  const soFar = noFlows();
  const recent = noFlows();
  for (const { adds = {}, points } of own)
    for (const { at, value } of points)
      for (const [flow, share] of Object.entries(adds) as [Flow, number][]) {
        if (at >= from) soFar[flow] += value * share;
        if (at >= back - hourMs) recent[flow] += value * share;
      }
  // Of less than an hour nothing follows.
  if (days < 1 / 24) return { soFar };
  return { soFar, perDay: Object.fromEntries(flows.map((flow) => [flow, recent[flow] / days])) as Flows };
}

async function heldBy(
  cloud: Cloud,
  { rows }: Part,
  own: readonly Answered[],
  now: number,
): Promise<{ held: Stocks; notes: string[] }> {
  const held = noStocks();
  let newest: number | undefined;
  let least = false;
  for (const row of rows) {
    if (row.kind === tableKind) await holdTable(cloud, row, held);
    if (row.kind === logsKind) held.keptLogGb += await keptLogGb(cloud, row);
    if (row.kind === zoneKind) held.zones += 1;
    if (row.kind !== bucketKind) continue;
    const last = own.find(({ dimensions }) => dimensions["BucketName"] === row.id)?.points.at(-1);
    if (last) {
      held.bucketGb += last.value / gb;
      newest = Math.min(newest ?? last.at, last.at);
    } else {
      const counted = await bucketGb(cloud, row);
      held.bucketGb += counted.gb;
      least ||= counted.least;
    }
  }
  const late = newest === undefined ? 0 : Math.floor((now - newest) / dayMs);
  return {
    held,
    notes: [
      ...(late >= 1
        ? [`Sizes of buckets are ${late} ${late === 1 ? "day" : "days"} old; AWS publishes them daily.`]
        : []),
      ...(least ? ["A bucket is too new for a size and has too many objects to count: it holds more."] : []),
    ],
  };
}
