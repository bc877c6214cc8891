/** A distribution's configuration, from the program's words to CloudFront's and back. Asks nobody anything. */
import type {
  CacheBehavior,
  CustomErrorResponse,
  DefaultCacheBehavior,
  DistributionConfig,
  Method,
  Origin,
  ViewerCertificate,
} from "@aws-sdk/client-cloudfront";
import type { PropertyMap } from "../../../engine/value.ts";
import { flag, list, number, object, type Properties, refused, refusedAll, set, text } from "../schema.ts";
import { bool, compact, num, str, strs, sub, subs } from "../type.ts";

const policies = refused("Say cachePolicyId and originRequestPolicyId.");

const behavior: Properties = {
  targetOriginId: text({ required: true }),
  viewerProtocolPolicy: text({ required: true, oneOf: ["allow-all", "https-only", "redirect-to-https"] }),
  allowedMethods: set(text(), { required: true }),
  cachedMethods: set(text(), { required: true }),
  cachePolicyId: text({ required: true }),
  originRequestPolicyId: text(),
  responseHeadersPolicyId: text(),
  compress: flag({ default: false }),
  forwardedValues: policies,
  minTtl: policies,
  defaultTtl: policies,
  maxTtl: policies,
  ...refusedAll(
    "fieldLevelEncryptionId functionAssociations grpcConfig lambdaFunctionAssociations realtimeLogConfigArn " +
      "smoothStreaming trustedKeyGroups trustedSigners",
  ),
};

const origin: Properties = {
  originId: text({ required: true }),
  domainName: text({ required: true }),
  originPath: text(),
  originAccessControlId: text(),
  connectionAttempts: number({ default: 3 }),
  connectionTimeout: number({ default: 10 }),
  customHeaders: set(object({ name: text({ required: true }), value: text({ required: true }) })),
  customOriginConfig: object(
    {
      httpPort: number({ required: true }),
      httpsPort: number({ required: true }),
      originProtocolPolicy: text({ required: true, oneOf: ["http-only", "https-only", "match-viewer"] }),
      originSslProtocols: set(text(), { required: true }),
      originKeepaliveTimeout: number({ default: 5 }),
      originReadTimeout: number({ default: 30 }),
      ...refusedAll("ipAddressType originMtlsConfig"),
    },
    { required: true },
  ),
  s3OriginConfig: refused("Origins here are functions and other sites."),
  ...refusedAll("originShield responseCompletionTimeout vpcOriginConfig"),
};

export const configProperties: Properties = {
  enabled: flag({ required: true }),
  origins: set(object(origin), { required: true }),
  defaultCacheBehavior: object(behavior, { required: true }),
  orderedCacheBehaviors: list(object({ pathPattern: text({ required: true }), ...behavior })),
  restrictions: object(
    {
      geoRestriction: object(
        {
          restrictionType: text({ required: true, oneOf: ["none", "whitelist", "blacklist"] }),
          locations: set(text()),
        },
        { required: true },
      ),
    },
    { required: true },
  ),
  viewerCertificate: object(
    {
      acmCertificateArn: text(),
      cloudfrontDefaultCertificate: flag({ default: false }),
      minimumProtocolVersion: text({ default: "TLSv1" }),
      sslSupportMethod: text({ oneOf: ["sni-only"] }),
      ...refusedAll("iamCertificateId"),
    },
    { required: true },
  ),
  aliases: set(text()),
  comment: text(),
  customErrorResponses: set(
    object({
      errorCode: number({ required: true }),
      errorCachingMinTtl: number(),
      responseCode: number(),
      responsePagePath: text(),
    }),
  ),
  defaultRootObject: text(),
  httpVersion: text({ default: "http2", oneOf: ["http1.1", "http2", "http3", "http2and3"] }),
  isIpv6Enabled: flag({ default: false }),
  priceClass: text({ default: "PriceClass_All", oneOf: ["PriceClass_All", "PriceClass_200", "PriceClass_100"] }),
  webAclId: text(),
  ...refusedAll(
    "anycastIpListId cacheTagConfig connectionFunctionAssociation continuousDeploymentPolicyId loggingConfig " +
      "originGroups staging viewerMtlsConfig",
  ),
};

const counted = <T>(Items: T[]): { Quantity: number; Items?: T[] } =>
  Items.length > 0 ? { Quantity: Items.length, Items } : { Quantity: 0 };

function behaviorOf(said: PropertyMap): DefaultCacheBehavior {
  const [allowed, cached] = [strs(said, "allowedMethods"), strs(said, "cachedMethods")] as Method[][];
  return {
    TargetOriginId: str(said, "targetOriginId"),
    ViewerProtocolPolicy: str(said, "viewerProtocolPolicy") as "https-only",
    AllowedMethods: { ...counted(allowed!), Items: allowed, CachedMethods: { ...counted(cached!), Items: cached } },
    CachePolicyId: str(said, "cachePolicyId"),
    OriginRequestPolicyId: str(said, "originRequestPolicyId"),
    ResponseHeadersPolicyId: str(said, "responseHeadersPolicyId"),
    Compress: bool(said, "compress") ?? false,
    SmoothStreaming: false,
    FieldLevelEncryptionId: "",
    TrustedSigners: { Enabled: false, Quantity: 0 },
    TrustedKeyGroups: { Enabled: false, Quantity: 0 },
    FunctionAssociations: { Quantity: 0 },
    LambdaFunctionAssociations: { Quantity: 0 },
  };
}

function originOf(said: PropertyMap): Origin {
  const custom = sub(said, "customOriginConfig")!;
  const protocols = strs(custom, "originSslProtocols") as "TLSv1.2"[];
  return {
    Id: str(said, "originId"),
    DomainName: str(said, "domainName"),
    OriginPath: str(said, "originPath") ?? "",
    OriginAccessControlId: str(said, "originAccessControlId") ?? "",
    ConnectionAttempts: num(said, "connectionAttempts") ?? 3,
    ConnectionTimeout: num(said, "connectionTimeout") ?? 10,
    CustomHeaders: counted(
      subs(said, "customHeaders").map((one) => ({ HeaderName: str(one, "name"), HeaderValue: str(one, "value") })),
    ),
    CustomOriginConfig: {
      HTTPPort: num(custom, "httpPort"),
      HTTPSPort: num(custom, "httpsPort"),
      OriginProtocolPolicy: str(custom, "originProtocolPolicy") as "https-only",
      OriginSslProtocols: { Quantity: protocols.length, Items: protocols },
      OriginKeepaliveTimeout: num(custom, "originKeepaliveTimeout") ?? 5,
      OriginReadTimeout: num(custom, "originReadTimeout") ?? 30,
    },
    OriginShield: { Enabled: false },
  };
}

function certificateOf(said: PropertyMap): ViewerCertificate {
  const arn = str(said, "acmCertificateArn");
  if (!arn) return { CloudFrontDefaultCertificate: true };
  return {
    ACMCertificateArn: arn,
    SSLSupportMethod: (str(said, "sslSupportMethod") ?? "sni-only") as "sni-only",
    MinimumProtocolVersion: (str(said, "minimumProtocolVersion") ?? "TLSv1") as "TLSv1",
  };
}

/** Without the caller's reference, which is the distribution's own for ever. */
export function configOf(inputs: PropertyMap): Omit<DistributionConfig, "CallerReference"> {
  const geo = sub(sub(inputs, "restrictions")!, "geoRestriction")!;
  const errors = subs(inputs, "customErrorResponses").map((one): CustomErrorResponse => {
    const code = num(one, "responseCode");
    return {
      ErrorCode: num(one, "errorCode"),
      ErrorCachingMinTTL: num(one, "errorCachingMinTtl"),
      ResponseCode: code === undefined ? "" : String(code),
      ResponsePagePath: str(one, "responsePagePath") ?? "",
    };
  });
  const behaviors = subs(inputs, "orderedCacheBehaviors").map((one): CacheBehavior => {
    return { ...behaviorOf(one), PathPattern: str(one, "pathPattern") } as CacheBehavior;
  });
  return {
    Enabled: bool(inputs, "enabled"),
    Origins: { ...counted(subs(inputs, "origins").map(originOf)) } as DistributionConfig["Origins"],
    DefaultCacheBehavior: behaviorOf(sub(inputs, "defaultCacheBehavior")!),
    CacheBehaviors: counted(behaviors),
    Restrictions: {
      GeoRestriction: {
        RestrictionType: str(geo, "restrictionType") as "none",
        ...counted(strs(geo, "locations") ?? []),
      },
    },
    ViewerCertificate: certificateOf(sub(inputs, "viewerCertificate")!),
    Aliases: counted(strs(inputs, "aliases") ?? []),
    Comment: str(inputs, "comment") ?? "",
    CustomErrorResponses: counted(errors),
    DefaultRootObject: str(inputs, "defaultRootObject") ?? "",
    HttpVersion: (str(inputs, "httpVersion") ?? "http2") as "http2",
    IsIPV6Enabled: bool(inputs, "isIpv6Enabled") ?? false,
    PriceClass: str(inputs, "priceClass") as "PriceClass_All",
    WebACLId: str(inputs, "webAclId") ?? "",
  };
}

function saidBehavior(live: DefaultCacheBehavior): PropertyMap {
  return compact({
    targetOriginId: live.TargetOriginId,
    viewerProtocolPolicy: live.ViewerProtocolPolicy,
    allowedMethods: live.AllowedMethods?.Items,
    cachedMethods: live.AllowedMethods?.CachedMethods?.Items,
    cachePolicyId: live.CachePolicyId || undefined,
    originRequestPolicyId: live.OriginRequestPolicyId || undefined,
    responseHeadersPolicyId: live.ResponseHeadersPolicyId || undefined,
    compress: live.Compress,
  });
}

function saidOrigin(live: Origin): PropertyMap {
  const custom = live.CustomOriginConfig;
  return compact({
    originId: live.Id,
    domainName: live.DomainName,
    originPath: live.OriginPath || undefined,
    originAccessControlId: live.OriginAccessControlId || undefined,
    connectionAttempts: live.ConnectionAttempts,
    connectionTimeout: live.ConnectionTimeout,
    customHeaders: (live.CustomHeaders?.Items ?? []).map((one) => ({
      name: one.HeaderName ?? "",
      value: one.HeaderValue ?? "",
    })),
    customOriginConfig:
      custom &&
      compact({
        httpPort: custom.HTTPPort,
        httpsPort: custom.HTTPSPort,
        originProtocolPolicy: custom.OriginProtocolPolicy,
        originSslProtocols: custom.OriginSslProtocols?.Items,
        originKeepaliveTimeout: custom.OriginKeepaliveTimeout,
        originReadTimeout: custom.OriginReadTimeout,
      }),
  });
}

function saidCertificate(live: ViewerCertificate | undefined): PropertyMap {
  if (!live?.ACMCertificateArn)
    return { cloudfrontDefaultCertificate: true, minimumProtocolVersion: live?.MinimumProtocolVersion ?? "TLSv1" };
  return compact({
    acmCertificateArn: live.ACMCertificateArn,
    cloudfrontDefaultCertificate: false,
    minimumProtocolVersion: live.MinimumProtocolVersion,
    sslSupportMethod: live.SSLSupportMethod,
  });
}

export function saidConfig(live: DistributionConfig): PropertyMap {
  const geo = live.Restrictions?.GeoRestriction;
  return compact({
    enabled: live.Enabled,
    origins: (live.Origins?.Items ?? []).map(saidOrigin),
    defaultCacheBehavior: saidBehavior(live.DefaultCacheBehavior!),
    orderedCacheBehaviors: (live.CacheBehaviors?.Items ?? []).map((one) => ({
      pathPattern: one.PathPattern ?? "",
      ...saidBehavior(one),
    })),
    restrictions: {
      geoRestriction: { restrictionType: geo?.RestrictionType ?? "none", locations: geo?.Items ?? [] },
    },
    viewerCertificate: saidCertificate(live.ViewerCertificate),
    aliases: live.Aliases?.Items ?? [],
    comment: live.Comment || undefined,
    customErrorResponses: (live.CustomErrorResponses?.Items ?? []).map((one) =>
      compact({
        errorCode: one.ErrorCode,
        errorCachingMinTtl: one.ErrorCachingMinTTL,
        responseCode: one.ResponseCode ? Number(one.ResponseCode) : undefined,
        responsePagePath: one.ResponsePagePath || undefined,
      }),
    ),
    defaultRootObject: live.DefaultRootObject || undefined,
    httpVersion: live.HttpVersion?.toLowerCase(),
    isIpv6Enabled: live.IsIPV6Enabled,
    priceClass: live.PriceClass,
    webAclId: live.WebACLId || undefined,
  });
}
