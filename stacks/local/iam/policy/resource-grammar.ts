/** What IAM refuses in a Resource element, and its words for it. */

export interface ResourceFault {
  text: string;
  /** Found by IAM's older parser, in a pass before this one: it says only that it failed. */
  older: boolean;
}

const partitions = new Set([
  "aws",
  "aws-cn",
  "aws-us-gov",
  "aws-iso",
  "aws-iso-b",
  "aws-iso-e",
  "aws-iso-f",
  "aws-eusc",
]);

const iamPaths = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/",
];

/** Of one statement's resources: the fault IAM answers, or undefined. It reads them from the last by name to the first. */
export function resourceFault(resources: readonly string[]): ResourceFault | undefined {
  const texts = [...resources]
    .sort()
    .map(formFault)
    .filter((text) => text !== undefined);
  if (texts[0] !== undefined) return { text: texts[0], older: false };
  return resources.every(passesOlderParser) ? undefined : { text: "", older: true };
}

function passesOlderParser(resource: string): boolean {
  if (resource === "*") return true;
  const parts = resource.split(":");
  return (parts.length >= 6 || !resource.includes("::")) && parts[2] !== "";
}

function formFault(resource: string): string | undefined {
  if (resource === "*") return undefined;
  const parts = resource.split(":");
  if (parts.length === 1) return `Resource ${resource} must be in ARN format or "*".`;
  const [, partition = "", service, region, , ...rest] = parts;
  if (partition !== "*" && !partitions.has(partition))
    return `Partition "${partition}" is not valid for resource "${filled(parts)}".`;
  // An empty service is the older parser's to find.
  if (service === undefined || /[*?]/.test(service))
    return "Resource vendor must be fully qualified and cannot contain regexes.";
  if (parts.length >= 6) return placeFault(resource, service, region ?? "", rest.join(":"));
  return undefined;
}

/** IAM and buckets have no region. */
function placeFault(resource: string, service: string, region: string, id: string): string | undefined {
  if (service === "iam" && region !== "") return `IAM resource ${resource} cannot contain region information.`;
  if (service === "s3" && region !== "" && !id.startsWith("accesspoint/"))
    return `Resource ${resource} can not contain region information.`;
  if (service === "iam" && id !== "*" && !iamPaths.some((path) => id.startsWith(path)))
    return `IAM resource path must either be "*" or start with ${iamPaths.join(", ")}.`;
  return undefined;
}

/** As IAM names it: `arn`, and a star for each part that is not there. */
function filled(parts: string[]): string {
  const [, partition, service = "*", region = "*", account = "*", ...rest] = parts;
  return `arn:${partition}:${service}:${region}:${account}:${rest.length > 0 ? rest.join(":") : "*"}`;
}
