/** What a person reads while things are made: names of Pulumi's types must not reach the screen as they are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { kindWords } from "../../cli/ui/steps.ts";

const providers = join(import.meta.dirname, "../../stacks/providers/aws");

/** Every type token the provider's files name. */
function tokens(): string[] {
  const files = readdirSync(providers, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const found = files.flatMap(
    (name) => readFileSync(join(providers, name), "utf8").match(/aws:[a-z0-9]+\/[A-Za-z0-9]+:[A-Z][A-Za-z0-9]*/g) ?? [],
  );
  return [...new Set(found)].sort();
}

describe("a resource's kind in words", () => {
  // These were read as "aws aws", "s3 bucket objectv2" and "lambda function url" by the first people who saw them.
  it.each([
    ["pulumi:providers:aws", "provider"],
    ["aws:s3/bucketObjectv2:BucketObjectv2", "S3 object"],
    ["aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", "S3 bucket CORS"],
    ["aws:dynamodb/table:Table", "DynamoDB table"],
    ["aws:lambda/functionUrl:FunctionUrl", "Lambda URL"],
    ["aws:cloudwatch/logGroup:LogGroup", "log group"],
    ["aws:ssm/parameter:Parameter", "parameter"],
    ["cloudflare:index/dnsRecord:DnsRecord", "DNS record"],
    ["aws:route53/record:Record", "DNS record"],
    ["aws:apigatewayv2/api:Api", "HTTP API"],
    ["aws:apigatewayv2/apiMapping:ApiMapping", "HTTP API mapping"],
    ["aws:cloudfront/distribution:Distribution", "CloudFront distribution"],
    ["pulumi:providers:cloudflare", "provider"],
    ["freehold:foundation:Signin", "sign-in"],
    ["freehold:app:Bucket", "bucket"],
  ])("says %s as %s", (kind, words) => expect(kindWords(kind)).toBe(words));

  // A type added to the provider without a thought for its words would be noticed on the screen only.
  it("has words for every type the provider knows: no digits, no service in small letters", () => {
    const all = tokens();
    expect(all.length).toBeGreaterThan(10);
    for (const kind of all) expect(kindWords(kind)).toMatch(/^(?:(?:DynamoDB|IAM|Lambda|S3) )?[A-Za-z][A-Za-z -]*$/);
    for (const kind of all)
      expect(kindWords(kind)).not.toMatch(
        /^(?:dynamodb|iam|lambda|cloudwatch|cloudfront|ssm|acm|budgets|organizations)\b/,
      );
  });
});
