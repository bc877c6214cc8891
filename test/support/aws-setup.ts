/** What tests of setting up in AWS share: an AWS with bad days, a home that is signed in to it, and answers of its own. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { startAccountServices } from "./account-services.ts";
import { startBudgets } from "./budgets.ts";
import { type Fault, formOf, startFaultProxy } from "./fault-proxy.ts";
import { type Home, withHome } from "./home.ts";
import { listen } from "./listen.ts";
import { startTestCloud } from "./local-cloud.ts";

export const denied = (operation: string): Fault => refused(operation, "AccessDenied", "not allowed here", 403);

/** In the form in which that operation's service says it. */
export function refused(operation: string, code: string, message: string, status = 400): Fault {
  return { kind: "answer", status, code, message, form: formOf(operation) };
}

export async function startAwsWithBadDays() {
  const cloud = await startTestCloud();
  const budgets = await startBudgets(cloud.endpoint);
  const account = await startAccountServices(budgets.endpoint);
  const proxy = await startFaultProxy(account.endpoint);
  const home = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
  return {
    cloud,
    account,
    proxy,
    home,
    async close(): Promise<void> {
      await home.close();
      await proxy.close();
      await account.close();
      await budgets.close();
      await cloud.close();
    },
  };
}

/** A file below ~/.aws of a home. */
export async function writeAws(home: Home, name: string, text: string): Promise<void> {
  const file = join(home.dir, ".aws", name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o600);
}

interface StsOptions {
  date?: () => Date;
  offIn?: string;
}

/**
 * An STS that says of everybody that he is this one, at an address of its own. `calls`: what was asked of it, in which
 * region. `offIn`: a region that is not switched on, so that it knows nobody.
 */
export async function startSts(arn: string, { date = () => new Date(), offIn = "" }: StsOptions = {}) {
  const calls: string[] = [];
  const server = createServer(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(req.headers.authorization ?? "")?.[1] ?? "";
    calls.push(`${/Action=(\w+)/.exec(body)?.[1] ?? `${req.method} ${req.url}`} ${region}`);
    if (region === offIn) {
      const says =
        "<Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid</Message>";
      res.writeHead(403, { "content-type": "text/xml" });
      return void res.end(`<ErrorResponse><Error><Type>Sender</Type>${says}</Error></ErrorResponse>`);
    }
    const account = /::(\d{12}):/.exec(arn)?.[1];
    res.writeHead(200, { "content-type": "text/xml", date: date().toUTCString() });
    res.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>U</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  });
  const endpoint = await listen(server);
  return {
    endpoint,
    calls,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
