/** Lives of what a domain is made of: zones, records, certificates, HTTP APIs and their names. */
import { type Case, fresh, type Ground, type Life, ready, tags } from "./cases.ts";
import type { Driver } from "./driver.ts";

export const zoneOf = async (ground: Ground, name = `${fresh("zone")}.example`): Promise<Driver> =>
  await ready(ground, "aws:route53/zone:Zone", { name, tags });

export const domainCases: { [title: string]: Case } = {
  zone: async (): Promise<Life> => {
    const name = `${fresh("life")}.example`;
    return {
      type: "aws:route53/zone:Zone",
      // As people write it who come from DNS.
      create: { name: `${name}.`, tags },
      outputs: {
        name,
        arn: /^arn:aws:route53:::hostedzone\/\w+$/,
        zoneId: /^\w+$/,
        nameServers: /./,
        primaryNameServer: /^ns-/,
      },
      steps: [
        { change: "comment and tags", inputs: { name, comment: "mine", tags: { ...tags, more: "yes" } } },
        { change: "force destroy, no tags", inputs: { name, comment: "mine", forceDestroy: true } },
        { change: "name", inputs: { name: `${fresh("other")}.example` }, replaces: ["name"] },
      ],
    };
  },
  record: async (ground) => {
    const zone = await zoneOf(ground);
    const domain = String(zone.outputs["name"]);
    const base = { zoneId: zone.id, name: `www.${domain}`, type: "A" };
    return {
      type: "aws:route53/record:Record",
      create: { ...base, ttl: 60, records: ["192.0.2.1"] },
      outputs: { fqdn: `www.${domain}`, name: `www.${domain}` },
      steps: [
        { change: "values", inputs: { ...base, ttl: 60, records: ["192.0.2.3", "192.0.2.2"] } },
        { change: "time", inputs: { ...base, ttl: 300, records: ["192.0.2.2", "192.0.2.3"] } },
        {
          change: "an alias",
          inputs: {
            ...base,
            aliases: [{ name: "D123.CloudFront.net.", zoneId: "Z2FDTNDATAQYW2", evaluateTargetHealth: false }],
          },
        },
        { change: "name", inputs: { ...base, name: "other", ttl: 60, records: ["192.0.2.1"] }, replaces: ["name"] },
        { change: "type", inputs: { ...base, type: "AAAA", ttl: 60, records: ["2001:db8::1"] }, replaces: ["type"] },
      ],
    };
  },
  "text record": async (ground) => {
    const zone = await zoneOf(ground);
    // Below the zone, with underscores, and over the record that is there.
    const base = { zoneId: `/hostedzone/${zone.id}`, name: "_dmarc.my_mail", type: "TXT", allowOverwrite: true };
    return {
      type: "aws:route53/record:Record",
      create: { ...base, ttl: 60, records: ["v=DMARC1; p=none"] },
      outputs: { fqdn: `_dmarc.my_mail.${String(zone.outputs["name"])}`, zoneId: zone.id },
      steps: [{ change: "two strings", inputs: { ...base, ttl: 60, records: ['first" "second', "third"] } }],
      unreadable: ["allowOverwrite"],
    };
  },
  certificate: async (): Promise<Life> => {
    const domainName = `${fresh("life")}.example`;
    const base = { domainName, validationMethod: "DNS", subjectAlternativeNames: [`www.${domainName}`] };
    return {
      type: "aws:acm/certificate:Certificate",
      create: { ...base, tags },
      outputs: {
        arn: /^arn:aws:acm:eu-west-1:\d+:certificate\//,
        domainValidationOptions: /object/,
        status: "PENDING_VALIDATION",
        type: "AMAZON_ISSUED",
        // ACM counts the domain itself among its other names.
        subjectAlternativeNames: new RegExp(`(^|,)${domainName}(,|$)`),
      },
      steps: [
        { change: "tags", inputs: { ...base, tags: { ...tags, more: "yes" } } },
        { change: "no tags", inputs: base },
        { change: "domain", inputs: { ...base, domainName: "other.example" }, replaces: ["domainName"] },
        {
          change: "names",
          inputs: { ...base, subjectAlternativeNames: ["*.other.example"] },
          replaces: ["subjectAlternativeNames"],
        },
        { change: "key", inputs: { ...base, keyAlgorithm: "EC_prime256v1" }, replaces: ["keyAlgorithm"] },
      ],
    };
  },
  "certificate of CloudFront": async (): Promise<Life> => ({
    type: "aws:acm/certificate:Certificate",
    create: { domainName: `${fresh("life")}.example`, validationMethod: "DNS", region: "us-east-1" },
    outputs: { arn: /^arn:aws:acm:us-east-1:/, region: "us-east-1" },
    steps: [],
  }),
  "certificate validation": async (ground) => {
    const domainName = `${fresh("life")}.example`;
    const of = { domainName, validationMethod: "DNS", tags };
    const certificateArn = (await ready(ground, "aws:acm/certificate:Certificate", of)).id;
    return {
      type: "aws:acm/certificateValidation:CertificateValidation",
      create: { certificateArn },
      outputs: { certificateArn },
      importId: () => certificateArn,
      steps: [{ change: "certificate", inputs: { certificateArn: "arn:other" }, replaces: ["certificateArn"] }],
      // It is there as long as its certificate.
      remainsOn: ["moto", "LocalStack"],
    };
  },
  "HTTP API": async (): Promise<Life> => {
    const base = { protocolType: "HTTP", description: "a door", tags };
    const cors = { allowOrigins: ["https://a.example"], allowMethods: ["GET", "POST"], maxAge: 60 };
    return {
      type: "aws:apigatewayv2/api:Api",
      create: base,
      outputs: {
        apiEndpoint: /^https:\/\/\w+\.execute-api\.eu-west-1\./,
        arn: /^arn:aws:apigateway:eu-west-1::\/apis\/\w+$/,
        executionArn: /^arn:aws:execute-api:eu-west-1:\d{12}:\w+$/,
      },
      steps: [
        { change: "CORS", inputs: { ...base, corsConfiguration: cors } },
        { change: "no CORS", inputs: base },
        { change: "endpoint", inputs: { ...base, disableExecuteApiEndpoint: true } },
        { change: "words and tags", inputs: { protocolType: "HTTP", version: "2", tags: { ...tags, more: "yes" } } },
      ],
    };
  },
  integration: async (ground) => {
    const apiId = (await httpApi(ground)).id;
    const arn = "arn:aws:lambda:eu-west-1:123456789012:function:gate";
    const base = { apiId, integrationType: "AWS_PROXY", integrationUri: arn, payloadFormatVersion: "2.0" };
    return {
      type: "aws:apigatewayv2/integration:Integration",
      create: base,
      outputs: { apiId },
      importId: (driver) => `${apiId}/${driver.id}`,
      steps: [
        { change: "target", inputs: { ...base, integrationUri: `${arn}:live`, timeoutMilliseconds: 29000 } },
        { change: "parameters", inputs: { ...base, requestParameters: { "overwrite:path": "$request.path" } } },
        { change: "no parameters", inputs: { ...base, description: "gate" } },
        { change: "kind", inputs: { ...base, integrationType: "HTTP_PROXY" }, replaces: ["integrationType"] },
      ],
    };
  },
  route: async (ground) => {
    const apiId = (await httpApi(ground)).id;
    const base = { apiId, routeKey: "$default", target: "integrations/abc" };
    return {
      type: "aws:apigatewayv2/route:Route",
      create: base,
      outputs: { apiId },
      importId: (driver) => `${apiId}/${driver.id}`,
      steps: [
        { change: "target", inputs: { ...base, target: "integrations/def" } },
        { change: "key", inputs: { ...base, routeKey: "GET /notes" } },
        { change: "API", inputs: { ...base, apiId: "other" }, replaces: ["apiId"] },
      ],
    };
  },
  stage: async (ground) => {
    const apiId = (await httpApi(ground)).id;
    const base = { apiId, name: "$default", autoDeploy: true, tags };
    return {
      type: "aws:apigatewayv2/stage:Stage",
      create: { ...base, defaultRouteSettings: { throttlingBurstLimit: 50, throttlingRateLimit: 20 } },
      outputs: {
        arn: new RegExp(`^arn:aws:apigateway:eu-west-1::/apis/${apiId}/stages/.default$`),
        executionArn: new RegExp(`:${apiId}/.default$`),
        invokeUrl: /^https:\/\/.*\/$/,
      },
      importId: (driver) => `${apiId}/${driver.id}`,
      // moto 5.2 changes no stage; api-gateway.test.ts looks at what is asked for.
      steps: [
        { change: "variables", notOn: ["moto"], inputs: { ...base, stageVariables: { a: "b" } } },
        { change: "name", inputs: { ...base, name: "live" }, replaces: ["name"] },
      ],
    };
  },
  "domain name": async (): Promise<Life> => {
    const domainName = `${fresh("life")}.example`;
    const domainNameConfiguration = {
      certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/one",
      endpointType: "REGIONAL",
      securityPolicy: "TLS_1_2",
    };
    const base = { domainName, domainNameConfiguration, tags };
    return {
      type: "aws:apigatewayv2/domainName:DomainName",
      create: base,
      outputs: { arn: new RegExp(`::/domainnames/${domainName}$`), apiMappingSelectionExpression: /./ },
      // moto 5.2 changes no domain name; api-gateway.test.ts looks at what is asked for.
      steps: [
        {
          change: "certificate",
          notOn: ["moto"],
          inputs: { ...base, domainNameConfiguration: { ...domainNameConfiguration, certificateArn: "arn:two" } },
        },
        { change: "name", inputs: { ...base, domainName: "other.example" }, replaces: ["domainName"] },
      ],
    };
  },
  "API mapping": async (ground) => {
    const apiId = (await httpApi(ground)).id;
    const domainName = `${fresh("life")}.example`;
    await ready(ground, "aws:apigatewayv2/domainName:DomainName", {
      domainName,
      domainNameConfiguration: {
        certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/one",
        endpointType: "REGIONAL",
        securityPolicy: "TLS_1_2",
      },
    });
    const base = { apiId, domainName, stage: "$default" };
    return {
      type: "aws:apigatewayv2/apiMapping:ApiMapping",
      create: base,
      outputs: { domainName },
      importId: (driver) => `${driver.id}/${domainName}`,
      steps: [
        { change: "stage", notOn: ["moto"], inputs: { ...base, stage: "live" } },
        { change: "domain", inputs: { ...base, domainName: "other.example" }, replaces: ["domainName"] },
      ],
    };
  },
  "origin access control": async (): Promise<Life> => {
    const base = { originAccessControlOriginType: "lambda", signingBehavior: "always", signingProtocol: "sigv4" };
    return {
      type: "aws:cloudfront/originAccessControl:OriginAccessControl",
      create: base,
      outputs: { arn: /^arn:aws:cloudfront::\d{12}:origin-access-control\//, etag: /./, name: /^life-\w{7}$/ },
      steps: [
        { change: "when it signs", inputs: { ...base, signingBehavior: "no-override" } },
        { change: "words", inputs: { ...base, description: "gate" } },
        {
          change: "of what",
          inputs: { ...base, originAccessControlOriginType: "s3" },
          replaces: ["originAccessControlOriginType"],
        },
      ],
    };
  },
  distribution: async (): Promise<Life> => {
    const behavior = {
      ...{ targetOriginId: "gate", viewerProtocolPolicy: "redirect-to-https", compress: true },
      ...{ allowedMethods: ["GET", "HEAD"], cachedMethods: ["GET", "HEAD"] },
      cachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    };
    const customOriginConfig = {
      ...{ httpPort: 80, httpsPort: 443, originProtocolPolicy: "https-only" },
      originSslProtocols: ["TLSv1.2"],
    };
    const origins = [{ originId: "gate", domainName: "abc.lambda-url.eu-west-1.on.aws", customOriginConfig }];
    const base = {
      ...{ enabled: true, origins, defaultCacheBehavior: behavior, comment: "notes", tags },
      restrictions: { geoRestriction: { restrictionType: "none" } },
      viewerCertificate: { cloudfrontDefaultCertificate: true },
    };
    return {
      type: "aws:cloudfront/distribution:Distribution",
      create: base,
      outputs: {
        arn: /^arn:aws:cloudfront::\d{12}:distribution\//,
        domainName: /\.cloudfront\.net$/,
        hostedZoneId: "Z2FDTNDATAQYW2",
        status: "Deployed",
        etag: /./,
      },
      steps: [
        { change: "words and price", inputs: { ...base, comment: "other", priceClass: "PriceClass_100" } },
        { change: "names", inputs: { ...base, aliases: [`${fresh("life")}.example`] } },
        { change: "switched off", inputs: { ...base, enabled: false } },
        { change: "tags", inputs: { ...base, tags: { ...tags, more: "yes" } } },
      ],
    };
  },
};

const httpApi = async (ground: Ground): Promise<Driver> =>
  await ready(ground, "aws:apigatewayv2/api:Api", { protocolType: "HTTP" });
