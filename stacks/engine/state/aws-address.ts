/**
 * Addresses like `s3://BUCKET/PREFIX?region=…` and `awskms://KEY?region=…`, with the options the official engine takes,
 * turned into what a client of the AWS SDK is made with. An option that would be passed over is refused by name.
 */
import { type Chain, type Keys, signedIn } from "../../sign-in/index.ts";
import { errors } from "./errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface AwsAddress {
  /** Host and path: a bucket with its prefix, or a key's id, alias or ARN. */
  name: string;
  client: Record<string, unknown>;
  /** What the caller's own table made of options no client has. */
  own: { [option: string]: string };
}

type Read = (value: string, url: string) => Record<string, unknown>;

const common: Record<string, Read> = {
  region: (region) => ({ region }),
  endpoint: (endpoint) => ({ endpoint }),
  profile: (profile) => ({ profile }),
  // Both of the SDK's generations mean the same here.
  awssdk: () => ({}),
  dualstack: (value, url) => ({ useDualstackEndpoint: bool(value, "dualstack", url) }),
  fips: (value, url) => ({ useFipsEndpoint: bool(value, "fips", url) }),
  hostname_immutable: (value, url) => (bool(value, "hostname_immutable", url) ? { forcePathStyle: true } : {}),
  request_checksum_calculation: (value) => ({ requestChecksumCalculation: value.toUpperCase() }),
  response_checksum_validation: (value) => ({ responseChecksumValidation: value.toUpperCase() }),
};

export const bucketOptions: Record<string, Read> = {
  ...common,
  s3ForcePathStyle: (value, url) => ({ forcePathStyle: bool(value, "s3ForcePathStyle", url) }),
  use_path_style: (value, url) => ({ forcePathStyle: bool(value, "use_path_style", url) }),
  disableSSL: (value, url) => ({ tls: !bool(value, "disableSSL", url) }),
  disable_https: (value, url) => ({ tls: !bool(value, "disable_https", url) }),
  accelerate: (value, url) => ({ useAccelerateEndpoint: bool(value, "accelerate", url) }),
};

export const keyOptions: Record<string, Read> = common;

/** `own` are the options the caller reads itself, by name or by beginning (`context_`). */
export function parseAwsAddress(
  url: string,
  options: Record<string, Read>,
  own: readonly string[],
  env: Environment,
): AwsAddress {
  const [address = "", query = ""] = url.split("?");
  const client: Record<string, unknown> = {};
  const kept: { [option: string]: string } = {};
  for (const [option, value] of new URLSearchParams(query)) {
    const read = Object.hasOwn(options, option) ? options[option] : undefined;
    if (read) Object.assign(client, read(value, url));
    else if (own.some((name) => (name.endsWith("_") ? option.startsWith(name) : option === name))) kept[option] = value;
    else throw errors.parameter(url, option);
  }
  return { name: address.replace(/^\w+:\/\//, "").replace(/^\//, ""), client: settled(client, env), own: kept };
}

/** Together with what the environment says; the rest is found by the SDK's own chain. */
function settled(given: Record<string, unknown>, env: Environment): Record<string, unknown> {
  const { profile, tls, ...client } = given;
  const region = client["region"] ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  if (typeof client["endpoint"] === "string") {
    const endpoint = client["endpoint"];
    if (!endpoint.includes("://")) client["endpoint"] = `${tls === false ? "http" : "https"}://${endpoint}`;
    // As the official engine does for stores that are not AWS's.
    client["requestChecksumCalculation"] ??= env["AWS_REQUEST_CHECKSUM_CALCULATION"]?.toUpperCase() ?? "WHEN_REQUIRED";
  }
  return { ...client, ...(region ? { region } : {}), profile: profile ?? env["AWS_PROFILE"] };
}

function bool(value: string, option: string, url: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw errors.parameterValue(url, option, value);
}

/** A client's configuration, credentials included: those of `env`, else the SDK's chain. */
export function clientConfig(
  { client: { profile, ...client } }: AwsAddress,
  service: string,
  env: Environment,
): Record<string, unknown> & { credentials: Keys | Chain } {
  const endpoint = client["endpoint"] ?? env[`AWS_ENDPOINT_URL_${service}`] ?? env["AWS_ENDPOINT_URL"];
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  const given = accessKeyId && secretAccessKey && profile === undefined;
  const { AWS_SHARED_CREDENTIALS_FILE: filepath, AWS_CONFIG_FILE: configFilepath } = env;
  const [name, region] = [profile, client["region"]] as (string | undefined)[];
  const place = { profile: name || undefined, filepath, configFilepath, region };
  return {
    ...client,
    ...(endpoint ? { endpoint } : {}),
    credentials: given ? { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) } : signedIn(place),
    // The official engine tries a write ten times.
    maxAttempts: 10,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 },
  };
}
