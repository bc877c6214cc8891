/**
 * What AWS tells of an account itself, as one server on loopback: its regions, organization, plan, quotas, distributions. Whatever else
 * is asked goes on to the AWS behind it. So a client with one endpoint for all finds both.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { listen } from "./listen.ts";

export interface QuotaRequested {
  Id: string;
  Status: string;
  DesiredValue: number;
  /** Seconds since 1970. */
  Created: number;
}

/** What a call is refused with: `[code, message]`. */
type Refusal = readonly [code: string, message: string];

/** An account like any other: in no organization, on no plan that ends, with functions enough. */
const usual = {
  organization: undefined as { Id: string; MasterAccountId: string } | undefined,
  region: "ENABLED_BY_DEFAULT",
  plan: undefined as object | undefined,
  concurrency: 1_000,
  requests: [] as QuotaRequested[],
  /** What CloudFront has of it. */
  distributions: 0,
  /** What is refused, by its operation: `DescribeOrganization`. */
  refused: {} as Record<string, Refusal>,
};

type State = typeof usual;
type Answer = (state: State, input: any) => object | Refusal;

const answers: Record<string, Answer> = {
  DescribeOrganization: ({ organization }) =>
    organization
      ? { Organization: organization }
      : ["AWSOrganizationsNotInUseException", "Your account is not a member of an organization."],
  GetAccountPlanState: ({ plan }) => plan ?? ["ResourceNotFoundException", "No account plan."],
  getRegionOptStatus: ({ region }, { RegionName }) => ({ RegionName, RegionOptStatus: region }),
  ListRequestedServiceQuotaChangeHistoryByQuota: ({ requests }, { QuotaCode }) => ({
    RequestedQuotas: QuotaCode === "L-B99A9384" ? requests : [],
  }),
  RequestServiceQuotaIncrease: ({ requests }, { ServiceCode, QuotaCode, DesiredValue }) => {
    if (ServiceCode !== "lambda" || QuotaCode !== "L-B99A9384") return ["NoSuchResourceException", "no such quota"];
    if (requests.some(({ Status }) => Status === "PENDING" || Status === "CASE_OPENED"))
      return ["ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota."];
    const made = { Id: `request-${requests.length}`, Status: "PENDING", DesiredValue, Created: 1_790_000_000 };
    requests.push(made);
    return { RequestedQuota: made };
  },
  "account-settings": ({ concurrency }) => ({
    AccountLimit: { ConcurrentExecutions: concurrency, UnreservedConcurrentExecutions: concurrency },
  }),
};

/** `DescribeOrganization` of a target, else the last part of the path. */
function operationOf({ headers, url = "" }: IncomingMessage): string {
  const target = headers["x-amz-target"];
  const word = typeof target === "string" ? target.split(".") : new URL(url, "http://x").pathname.split("/");
  return word.filter(Boolean).at(-1) ?? "";
}

/** `behind`: the AWS that answers everything else; none: what else is asked is not there. */
export async function startAccountServices(behind?: string) {
  const state: State = structuredClone(usual);
  const asked: string[] = [];
  const server = createServer(async (req, res) => {
    const body: Buffer[] = [];
    for await (const chunk of req) body.push(chunk as Buffer);
    const operation = operationOf(req);
    if (operation === "distribution" && req.method === "GET") return sayDistributions(res, state.distributions);
    const answer = answers[operation];
    if (!answer) return behind ? forward(behind, req, Buffer.concat(body), res) : void res.writeHead(404).end();
    asked.push(operation);
    // Whoever cannot say who he is gets nothing; that the signature is good is for an AWS to check.
    if (!/^AWS4-HMAC-SHA256 Credential=\S+\/aws4_request, /.test(req.headers.authorization ?? ""))
      return say(res, ["MissingAuthenticationTokenException", "Missing Authentication Token"]);
    const text = Buffer.concat(body).toString();
    say(res, state.refused[operation] ?? answer(state, text ? JSON.parse(text) : {}));
  });
  const endpoint = await listen(server);
  return {
    endpoint,
    state,
    asked,
    /** As at first; forgets what was asked. */
    reset(): void {
      Object.assign(state, structuredClone(usual));
      asked.length = 0;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Of ListDistributions, in CloudFront's XML. */
function sayDistributions(res: ServerResponse, count: number): void {
  const items = "<DistributionSummary><Id>E1</Id></DistributionSummary>".repeat(Math.min(count, 1));
  const list = `<Marker/><MaxItems>1</MaxItems><IsTruncated>false</IsTruncated><Quantity>${count}</Quantity><Items>${items}</Items>`;
  res.writeHead(200, { "content-type": "text/xml", date: new Date().toUTCString() });
  res.end(`<DistributionList xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">${list}</DistributionList>`);
}

function say(res: ServerResponse, answer: object | Refusal): void {
  const headers = { "content-type": "application/x-amz-json-1.1", date: new Date().toUTCString() };
  if (!Array.isArray(answer)) return void res.writeHead(200, headers).end(JSON.stringify(answer));
  const [code, message] = answer;
  res.writeHead(400, { ...headers, "x-amzn-errortype": code }).end(JSON.stringify({ __type: code, message }));
}

export function forward(
  behind: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  res: ServerResponse,
): void {
  const { hostname, port } = new URL(behind);
  const out = request({ host: hostname, port, method, path: url, headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  out.on("error", () => res.destroy());
  out.end(body);
}

export type AccountServices = Awaited<ReturnType<typeof startAccountServices>>;

/** As AWS words what a service control policy refuses. */
export const scpWords = (action: string): string =>
  `User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ${action} with an explicit deny in a service control policy`;
