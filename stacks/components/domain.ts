/**
 * A name of the owner's own in front of a function that has an address: its certificate, what answers there (an HTTP API,
 * or CloudFront), and its records where DNS is within reach. How far it is made follows from what the name still awaits.
 * Other records of the name are none of its business: a provider refuses to touch one.
 */
import { Certificate } from "@pulumi/aws/acm/certificate.js";
import { CertificateValidation } from "@pulumi/aws/acm/certificateValidation.js";
import { Api } from "@pulumi/aws/apigatewayv2/api.js";
import { ApiMapping } from "@pulumi/aws/apigatewayv2/apiMapping.js";
import { DomainName } from "@pulumi/aws/apigatewayv2/domainName.js";
import { Integration } from "@pulumi/aws/apigatewayv2/integration.js";
import { Route } from "@pulumi/aws/apigatewayv2/route.js";
import { Stage } from "@pulumi/aws/apigatewayv2/stage.js";
import { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import { Permission } from "@pulumi/aws/lambda/permission.js";
import { Record as Route53Record } from "@pulumi/aws/route53/record.js";
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import { Provider as Cloudflare } from "@pulumi/cloudflare/provider.js";
import { all, ComponentResource, type Input, type Output, output, secret } from "@pulumi/pulumi";
import type { Domain as DomainInput, MadeDomain, WantedRecord } from "../domains.ts";
import { type Context, domainKind, tagsOf } from "./context.ts";
import type { LambdaComponent } from "./lambda.ts";

export interface DomainsArgs {
  domains: readonly DomainInput[];
  /** The function that the names lead to, and its own address. */
  of: LambdaComponent;
  url: Output<string>;
  /** Needed where a name is in Cloudflare. */
  cloudflareToken?: string | undefined;
}

/** All names of one function. Answers what a person may have to write into DNS, and which certificates there are. */
export function ownDomains(context: Context, args: DomainsArgs): Output<MadeDomain[]> {
  const { domains, of, url, cloudflareToken } = args;
  const cloudflare =
    cloudflareToken === undefined ? undefined : new Cloudflare("cloudflare", { apiToken: secret(cloudflareToken) });
  return all(domains.map((domain) => new Domain(context, { domain, of, url, cloudflare }).made));
}

interface DomainArgs extends Pick<DomainsArgs, "of" | "url"> {
  domain: DomainInput;
  cloudflare: Cloudflare | undefined;
}

/** Where the name has to lead. */
interface Target {
  name: Output<string>;
  /** Of an alias in Route 53. */
  zoneId: Output<string>;
  families: readonly ("A" | "AAAA")[];
}

/** CloudFront has its certificates there and nowhere else. */
const cloudfrontRegion = "us-east-1";
/** AWS's own policies: nothing is cached; all headers but Host go on, which a function's address needs to be its own. */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

export class Domain extends ComponentResource {
  readonly made: Output<MadeDomain>;

  constructor(context: Context, args: DomainArgs) {
    const { domain } = args;
    const { host, front, awaits } = domain;
    super(domainKind, host, {}, { providers: [context.provider] });
    const certificate = this.#certificate(context, domain);
    const proof = proofOf(certificate);
    let records = proof.apply((one) => [one]);
    if (awaits !== "certificate") {
      const issued = this.#issued(args, certificate, proof);
      const target = front === "http-api" ? this.#api(context, args, issued) : this.#cloudfront(context, args, issued);
      const address = addressOf(host, target.name);
      if (awaits === undefined) this.#address(args, target, address);
      records = all([proof, address]);
    }
    this.made = all([certificate.arn, records]).apply(([certificateArn, known]) => ({
      ...{ host, certificateArn, records: known },
    }));
    this.registerOutputs({});
  }

  /** One of each front: what is new is there before what was goes. */
  #certificate(context: Context, { host, front }: DomainInput): Certificate {
    const away = front === "cloudfront" ? { region: cloudfrontRegion } : {};
    const tags = tagsOf(context, { domain: host });
    return new Certificate(
      `${host}-${front}`,
      { domainName: host, validationMethod: "DNS", tags, ...away },
      { parent: this },
    );
  }

  /** The ARN, once it is of use. ACM asks the same record of all of an account's certificates of one name. */
  #issued(args: DomainArgs, certificate: Certificate, proof: Output<WantedRecord>): Output<string> {
    const { host, front, dns, proved } = args.domain;
    const made = dns.at === "by-hand" || proved ? [] : [this.#record(args, "proof", proof)];
    const validation = new CertificateValidation(
      `${host}-${front}`,
      {
        certificateArn: certificate.arn,
        ...(front === "cloudfront" ? { region: cloudfrontRegion } : {}),
      },
      { parent: this, dependsOn: made },
    );
    return validation.certificateArn;
  }

  #record(args: DomainArgs, noun: string, said: Output<WantedRecord>): Route53Record | DnsRecord {
    const { dns, host } = args.domain;
    if (dns.at === "by-hand") throw new Error("This is a bug in Freehold: a record where none can be made.");
    const { zoneId } = dns;
    const { name, type } = { name: said.name, type: said.type };
    if (dns.at === "route53")
      return new Route53Record(
        `${host}-${noun}`,
        { zoneId, name, type, ttl: 300, records: [said.value] },
        { parent: this },
      );
    return new DnsRecord(
      `${host}-${noun}`,
      { zoneId, name, type, ttl: 1, proxied: false, content: said.value },
      { parent: this, ...(args.cloudflare ? { provider: args.cloudflare } : {}) },
    );
  }

  #api(context: Context, { domain, of }: DomainArgs, certificateArn: Input<string>): Target {
    const { host } = domain;
    const own = { parent: this };
    const tags = tagsOf(context, { domain: host });
    // Its own address would be a second door, which no gate knows.
    const api = new Api(host, { protocolType: "HTTP", name: host, disableExecuteApiEndpoint: true, tags }, own);
    const integration = new Integration(
      host,
      {
        ...{ apiId: api.id, integrationType: "AWS_PROXY", payloadFormatVersion: "2.0" },
        integrationUri: of.lambda.arn,
      },
      own,
    );
    const target = integration.id.apply((id) => `integrations/${id}`);
    const route = new Route(host, { apiId: api.id, routeKey: "$default", target }, own);
    const stage = new Stage(
      host,
      { apiId: api.id, name: "$default", autoDeploy: true, tags },
      { ...own, dependsOn: [route] },
    );
    const permission = new Permission(
      host,
      {
        statementId: `domain-${host.replaceAll(".", "_")}`.slice(0, 100),
        action: "lambda:InvokeFunction",
        function: of.lambda.name,
        principal: "apigateway.amazonaws.com",
        sourceArn: api.executionArn.apply((arn) => `${arn}/*`),
      },
      own,
    );
    const domainName = new DomainName(
      host,
      {
        domainName: host,
        domainNameConfiguration: { certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
        tags,
      },
      own,
    );
    // Nobody is led here before there is an answer.
    const mapping = new ApiMapping(
      host,
      { apiId: api.id, domainName: domainName.domainName, stage: stage.name },
      { ...own, dependsOn: [permission] },
    );
    const where = all([domainName.domainNameConfiguration, mapping.id]).apply(([configuration]) => configuration);
    return {
      name: where.apply(({ targetDomainName }) => {
        if (!targetDomainName) throw new Error(`API Gateway does not say yet where ${host} is to lead; try again.`);
        return targetDomainName;
      }),
      zoneId: where.apply(({ hostedZoneId }) => hostedZoneId),
      families: ["A"],
    };
  }

  #cloudfront(context: Context, { domain, url }: DomainArgs, acmCertificateArn: Input<string>): Target {
    const { host } = domain;
    const methods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"];
    const distribution = new Distribution(
      host,
      {
        enabled: true,
        aliases: [host],
        comment: host,
        httpVersion: "http2and3",
        isIpv6Enabled: true,
        origins: [
          {
            originId: "function",
            domainName: url.apply((address) => new URL(address).hostname),
            customOriginConfig: {
              ...{ httpPort: 80, httpsPort: 443, originProtocolPolicy: "https-only", originSslProtocols: ["TLSv1.2"] },
              originReadTimeout: 60,
            },
            // A function's address answers to its own Host alone: the one that was asked is told beside it.
            customHeaders: [{ name: "x-freehold-host", value: host }],
          },
        ],
        defaultCacheBehavior: {
          ...{ targetOriginId: "function", viewerProtocolPolicy: "redirect-to-https", compress: false },
          ...{ allowedMethods: methods, cachedMethods: ["GET", "HEAD"] },
          ...{ cachePolicyId: cachingDisabled, originRequestPolicyId: allViewerExceptHost },
        },
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: { acmCertificateArn, sslSupportMethod: "sni-only", minimumProtocolVersion: "TLSv1.2_2021" },
        tags: tagsOf(context, { domain: host }),
      },
      { parent: this },
    );
    return { name: distribution.domainName, zoneId: distribution.hostedZoneId, families: ["A", "AAAA"] };
  }

  #address(args: DomainArgs, { name, zoneId, families }: Target, said: Output<WantedRecord>): void {
    const { host, dns } = args.domain;
    if (dns.at === "cloudflare") {
      this.#record(args, "address", said);
    } else if (dns.at === "route53") {
      for (const type of families)
        new Route53Record(
          `${host}-${type}`,
          { zoneId: dns.zoneId, name: host, type, aliases: [{ name, zoneId, evaluateTargetHealth: false }] },
          { parent: this },
        );
    }
  }
}

const addressOf = (name: string, target: Output<string>): Output<WantedRecord> =>
  target.apply((value): WantedRecord => ({ purpose: "address", name, type: "CNAME", value }));

const bare = (name: string | undefined): string => (name ?? "").replace(/\.$/, "");

function proofOf({ domainValidationOptions }: Certificate): Output<WantedRecord> {
  return output(domainValidationOptions).apply(
    ([first]): WantedRecord => ({
      ...{ purpose: "certificate", type: "CNAME" },
      name: bare(first?.resourceRecordName),
      value: bare(first?.resourceRecordValue),
    }),
  );
}
