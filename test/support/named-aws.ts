/**
 * What tests of names of the owner's own share: a cloud in an AWS (moto, behind a proxy that has bad days) with one app, a
 * zone in Route 53, and a name server for what is written by hand. moto issues each certificate by itself.
 */
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { copyCounter } from "./counter.ts";
import { startDns } from "./dns.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import { withHome } from "./home.ts";
import { leads } from "./leads.ts";
import { startMoto } from "./moto.ts";

export const setUp = ["setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes"];

/** The app `counter` runs in the cloud `work`; `example.com` is a zone of its account. */
export async function startNamedAws(more: NodeJS.ProcessEnv = {}) {
  const [moto, dns] = await Promise.all([startMoto(), startDns()]);
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  const config = { endpoint: moto.endpoint, region: "eu-west-1", credentials };
  const proxy = await startFaultProxy(moto.endpoint);
  proxy.plan([leads]);
  const env = {
    ...{ AWS_ENDPOINT_URL: proxy.endpoint, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
    ...{ FREEHOLD_DNS_SERVERS: dns.server, FREEHOLD_NO_HOME: "1" },
    ...more,
  };
  const home = await withHome({ env });
  await copyCounter(home.dir);
  const zone = { Name: "example.com", CallerReference: "one" };
  const zoneId = (await new Route53Client(config).send(new CreateHostedZoneCommand(zone))).HostedZone!.Id!;
  await home.freehold(...setUp);
  await home.freehold("up", "./counter");
  return {
    ...{ moto, dns, proxy, config, env, home, zoneId },
    /** What the gate of an app, or of things, is told. */
    async gateConfig(app = "counter"): Promise<{ signinUrl: string; hosts: string[] }> {
      const asked = new GetFunctionCommand({ FunctionName: `work--${app}--gate` });
      const { Configuration } = await new LambdaClient(config).send(asked);
      return JSON.parse(Configuration!.Environment!.Variables!["FREEHOLD_GATE"]!);
    },
    async close(): Promise<void> {
      await home.close();
      await proxy.close();
      await Promise.all([moto.close(), dns.close()]);
    },
  };
}

export type NamedAws = Awaited<ReturnType<typeof startNamedAws>>;
