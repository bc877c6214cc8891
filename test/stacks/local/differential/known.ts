/**
 * Where moto 5.2 and LocalStack 2026.3 answer otherwise than our local cloud, and who is right: by AWS's documentation,
 * by the models it publishes, or by answers recorded on AWS. docs/local-cloud.md shows it. A difference belongs to the
 * first row that it fits; how many do is counted, so that one more, or one less, fails the test.
 */
import type { Known } from "../../../support/comparison.ts";

type Row = Omit<Known, "than" | "service">;

const table = (than: Known["than"], service: string, rows: readonly Row[]): Known[] =>
  rows.map((row) => ({ than, service, ...row }));

const lenient = "Lets pass what AWS refuses: broken constraints, documents that are none, conflicts, other revisions.";
const words = "Errors in words of its own, of another code or without `Type`.";
const absent = "Operations that it does not have, or that end in an error of its own.";

const refused = { at: /: outcome$/, ours: /^4/, theirs: /^20/ };
const broken = { at: /: \w+$/, theirs: /SyntaxError|Error @aws-sdk|Unknown|TypeError|doctype|501 Internal|50\d / };
const said = { at: /: (message|error|Type|outcome)$/, ours: /^(?!20)/ };

const moto: Known[] = [
  ...table("moto", "Lambda", [
    { ...broken, times: 48, right: "ours", why: absent },
    { ...refused, times: 58, right: "ours", why: lenient },
    {
      ...{ at: /: outcome$/, ours: /^20/, theirs: /^20/, times: 19, right: "ours" },
      why: "Another status than the models say, such as 200 for what is made.",
    },
    { ...said, times: 79, right: "ours", why: words },
    {
      at: /(RuntimeVersionArn|RevisionId|LoggingConfig\.\w+|Environment\.Variables|LicenseInfo|Description|OnFailure)$/,
      times: 318,
      right: "ours",
      why: "Members that it leaves out: revisions, logging, runtime versions, empty environments.",
    },
    {
      at: /(LastModified|CreationTime|LastModifiedTime|CreatedDate|FunctionUrl|InvokeMode|Location)$/,
      times: 72,
      right: "ours",
      why: "Times, URLs, modes and addresses of code in another form than AWS's.",
    },
    {
      at: /(State\w*|LastUpdateStatus\w*|Layers)$/,
      times: 119,
      right: "ours",
      why: "Functions are Active at once; lists tell states and empty layers, which AWS's do not.",
    },
    {
      at: /(Policy|Statement)(\.json.*)?$|^\w*Permission/,
      times: 42,
      right: "ours",
      why: "One policy for a function's versions and aliases, in which nothing is checked.",
    },
    {
      at: /./,
      times: 66,
      right: "ours",
      why: "What follows from what it let pass: versions, aliases, layers, tags and settings that AWS would not have made.",
    },
  ]),
  ...table("moto", "IAM", [
    { ...broken, times: 9, right: "ours", why: absent },
    { ...refused, times: 25, right: "ours", why: lenient },
    {
      at: /of AWS: outcome$|AttachedPolicies/,
      times: 13,
      right: "ours",
      why: "AWS's own policies are there only where it was told to load them.",
    },
    { at: /: (message|error|outcome)$/, times: 59, right: "ours", why: words },
    { at: /(UserId|GroupId|PolicyId)$/, times: 27, right: "ours", why: "Ids without AWS's prefixes (`AIDA`, `AGPA`)." },
    {
      at: /(IsTruncated|Boundary\w*|Tags(\.\d+\.\w+)?|Description|MaxSessionDuration|RoleLastUsed|Document\.json.*)$/,
      times: 83,
      right: "ours",
      why: "Boundaries of users and `IsTruncated` are left out; documents and sessions are told where AWS does not.",
    },
    { at: /./, times: 18, right: "ours", why: "Versions in another order, and what follows from what it let pass." },
  ]),
  ...table("moto", "STS", [
    { ...broken, times: 1, right: "ours", why: absent },
    {
      at: /: outcome$/,
      theirs: /^20/,
      times: 15,
      right: "ours",
      why: "Roles, policies, names and times are not checked.",
    },
  ]),
  ...table("moto", "SSM", [
    { ...refused, times: 6, right: "ours", why: lenient },
    {
      at: /: message$/,
      ours: /UnknownError/,
      times: 3,
      right: "ours",
      why: "`ParameterNotFound` has a message; on AWS it has none.",
    },
    { at: /: (message|error|outcome)$/, times: 9, right: "ours", why: words },
    {
      at: /./,
      times: 23,
      right: "ours",
      why: "Members that it leaves out (selector, ARN, policies, who changed it), and secrets that it shows.",
    },
  ]),
  ...table("moto", "Logs", [
    { ...refused, times: 7, right: "ours", why: lenient },
    { at: /: (message|error|outcome)$/, times: 3, right: "ours", why: "A missing stream is told as a missing group." },
    {
      at: /(storedBytes|uploadSequenceToken|logGroupClass|deletionProtectionEnabled|EndIndex)$/,
      times: 11,
      right: "ours",
      why: "Bytes are counted otherwise (AWS adds 26 for each event, and tells 0 of streams); newer members are left out.",
    },
    {
      at: /^GetLogEvents of a time/,
      times: 3,
      right: "ours",
      why: "The end of a range belongs to it; on AWS it does not.",
    },
  ]),
  ...table("moto", "S3", [
    { ...broken, times: 1, right: "ours", why: absent },
    { ...refused, times: 5, right: "ours", why: lenient },
    {
      at: /(of a new one|PutBucketPolicy one|of a part): outcome$/,
      times: 5,
      right: "ours",
      why: "New buckets have no encryption, owner or Block Public Access; parts and policies answer other statuses.",
    },
    { at: /: (message|error|outcome)$/, times: 3, right: "ours", why: words },
    {
      at: /Checksum|Owner|Initiator|AccessPointAlias/,
      times: 41,
      right: "ours",
      why: "Checksums' kinds are left out, owners are one made-up account.",
    },
    { at: /./, times: 49, right: "ours", why: "Members that it leaves out, and what follows from what it let pass." },
  ]),
];

const localStack: Known[] = [
  ...table("LocalStack", "Lambda", [
    { ...refused, times: 13, right: "ours", why: lenient },
    { ...broken, times: 10, right: "ours", why: absent },
    {
      at: /^(PublishVersion|CreateAlias|PutFunctionConcurrency|GetProvisionedConcurrencyConfig|Invoke) (that is not there|of no function): message$/,
      times: 5,
      right: "both",
      why: "Of a function that is not there, the ARN is told with a version.",
    },
    { at: /: Type$/, times: 3, right: "both", why: "Some conflicts come without `Type`." },
    {
      at: /: (CreationTime|LastModifiedTime|FunctionUrlConfigs\.\d\.\w+Time)$/,
      times: 14,
      right: "ours",
      why: "Times of URLs end with `+0000`; in AWS's documentation with `Z`.",
    },
    {
      at: /InvokeMode$|^UpdateFunctionUrlConfig no CORS: Cors$/,
      times: 6,
      right: "ours",
      why: "The mode that nobody chose is not told, CORS that was taken away is.",
    },
    {
      at: /(nobody knows|that is none|of no ARN|of another kind|without a \w+): (message|outcome)$/,
      times: 10,
      right: "ours",
      why: "Texts with patterns and enums of older models, enums in another order.",
    },
    {
      at: /^GetFunctionConfiguration of an alias: outcome$/,
      times: 1,
      right: "ours",
      why: "An alias is no qualifier of `GetFunctionConfiguration`; by AWS's documentation it is one.",
    },
    { at: /^ListLayers of a runtime/, times: 6, right: "ours", why: "Runtimes are no filter of `ListLayers`." },
    {
      at: /^(UpdateFunctionCode|Invoke) dry/,
      times: 4,
      right: "both",
      why: "A dry run tells an update as begun, and no version.",
    },
  ]),
  ...table("LocalStack", "IAM", [
    {
      at: /^GetPolicy of AWS: outcome$/,
      times: 1,
      right: "theirs",
      why: "Of AWS's own policies ours knows no more than that they can be attached.",
    },
    { ...refused, times: 15, right: "ours", why: lenient },
    { ...broken, times: 2, right: "ours", why: absent },
    { at: /(PolicyId|AccessKeyId)$/, times: 11, right: "ours", why: "Ids without AWS's prefixes (`ANPA`, `AKIA`)." },
    {
      at: /^(ListUsers|ListPolicies|GetUser of another|GetUser with|GetOpenID)/,
      times: 12,
      right: "ours",
      why: "Lists tell tags, descriptions and boundaries, which AWS's do not; a renamed user loses its tags.",
    },
    {
      at: /^(ListEntitiesForPolicy|GetPolicy that is attached).*(Policy(Users|Roles)|Usage)/,
      times: 7,
      right: "ours",
      why: "Boundaries are not counted as uses of a policy.",
    },
    {
      at: /^(CreateServiceLinkedRole|DeleteRole of a service)/,
      times: 7,
      right: "ours",
      why: "Roles of services have another trust than in AWS's documentation, and can be deleted as any other.",
    },
    {
      at: /^Delete(User|Group) with|^ListEntitiesForPolicy of no policy|^DeleteAccessKey|that is none: (message|error|outcome)$/,
      times: 11,
      right: "both",
      why: "Of two reasons another one is told; ARNs that are too short are told as not valid.",
    },
    { at: /^Simulate/, times: 17, right: "ours", why: "The simulator is one of names only." },
  ]),
  ...table("LocalStack", "STS", [
    { ...refused, times: 10, right: "ours", why: "Roles, policies, names and times are not checked." },
    { ...broken, times: 2, right: "ours", why: absent },
    {
      at: /^AssumeRole that is none: message$/,
      times: 1,
      right: "ours",
      why: "An ARN that is too short is not valid.",
    },
  ]),
  ...table("LocalStack", "SSM", [
    { ...refused, times: 6, right: "ours", why: lenient },
    {
      at: /: message$/,
      ours: /UnknownError/,
      times: 3,
      right: "ours",
      why: "`ParameterNotFound` has a message; on AWS it has none.",
    },
    { at: /: (message|error|outcome)$/, times: 9, right: "ours", why: words },
    {
      at: /./,
      times: 23,
      right: "ours",
      why: "Members that it leaves out (selector, ARN, policies, who changed it), and secrets that it shows.",
    },
  ]),
  ...table("LocalStack", "Logs", [
    { ...refused, times: 7, right: "ours", why: lenient },
    { at: /: message$/, times: 3, right: "ours", why: "A missing stream is told as a missing group." },
    {
      at: /(storedBytes|uploadSequenceToken|deletionProtectionEnabled|EndIndex)$/,
      times: 9,
      right: "ours",
      why: "Bytes are counted otherwise (AWS adds 26 for each event, and tells 0 of streams); newer members are left out.",
    },
    {
      at: /^GetLogEvents of a time/,
      times: 3,
      right: "ours",
      why: "The end of a range belongs to it; on AWS it does not.",
    },
  ]),
  ...table("LocalStack", "S3", [
    {
      at: /Location$|AccessPointAlias$|(Owner|Initiator)\.\w+$/,
      times: 11,
      right: "both",
      why: "Addresses, owners and aliases of a cloud are its own.",
    },
    {
      at: /^ListObjectsV2 of a page of none/,
      times: 30,
      right: "ours",
      why: "A page of no keys has them all; by the model `MaxKeys` may be 0.",
    },
    { at: /^ListMultipartUploads/, times: 3, right: "both", why: "Marks of a page that is the last one." },
    { at: /that is not there: Key$/, times: 1, right: "both", why: "The key of missing tags is told with the bucket." },
  ]),
];

export const known: readonly Known[] = [...moto, ...localStack];
