/**
 * The words the local cloud's parts share: what a verified call is, what a service is, what one service may ask of
 * another. Knows no protocol, no socket and no service by name.
 */
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { Clock } from "./clock.ts";
import type { CompiledPolicy, Principal } from "./iam/policy/index.ts";
import type { SandboxKind } from "./sandbox/index.ts";
import type { Store } from "./store.ts";

export type { Clock } from "./clock.ts";

/** Who signed the call. */
export interface Caller {
  accessKeyId: string;
  accountId: string;
  /** `arn:aws:iam::123456789012:root` for the owner's key, `arn:aws:sts::…:assumed-role/ROLE/SESSION` for functions. */
  arn: string;
  userId: string;
  /** The role's ARN for session credentials. */
  roleArn?: string;
  /** Of temporary credentials: what STS wrote down when it made them. */
  session?: SessionFacts;
}

/** What a session carries from its making to each of its calls. */
export interface SessionFacts {
  kind: "role" | "session-token" | "federation";
  /** Milliseconds since 1970. */
  issuedAt: number;
  /** ARN of the user who asked for a session token or a federated user; absent when it was the owner's key. */
  userArn?: string;
  /** Documents of session policies. Absent: made without any. Empty: a federated user, who may do nothing. */
  policies?: readonly string[];
  tags?: Readonly<Record<string, string>>;
  /** Keys of the tags that go on to the next role in a chain. */
  transitiveTags?: readonly string[];
  sourceIdentity?: string;
  /** The identity provider's ARN, for AssumeRoleWithWebIdentity. */
  provider?: string;
}

/** One call, authenticated, its body freed from transfer framing (aws-chunked) and checked against its hashes. */
export interface Call {
  requestId: string;
  service: string;
  region: string;
  accountId: string;
  /** Null: the call came unsigned (function URLs, public objects, AssumeRoleWithWebIdentity). */
  caller: Caller | null;
  method: string;
  /** The Host header, lower case, with port. */
  host: string;
  /** As it came, still percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  /** The query as it came, without the question mark; function URLs hand it on unchanged. */
  rawQuery?: string;
  /** Names in lower case; repeated ones joined with a comma. */
  headers: Readonly<Record<string, string>>;
  /** Errors with a ServiceError when a checksum or length is wrong: a consumer must read to the end before it commits. */
  body: Readable;
  /** The same, where it came whole before it was verified: whoever wants all of it needs no stream. */
  whole?: Buffer;
  /** Bytes of the decoded body when the client said (content-length, x-amz-decoded-content-length). */
  bodyLength: number | undefined;
  /** Checksums promised in trailers, complete once the body has ended: `x-amz-checksum-crc32` -> base64. */
  trailers: Readonly<Record<string, string>>;
  remoteAddress: string;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

export interface Reply {
  status: number;
  headers?: Record<string, string | string[] | undefined>;
  body?: string | Uint8Array | Readable;
}

export interface Service {
  /** The name in SigV4's credential scope: s3, dynamodb, lambda, iam, sts, logs, ssm. */
  readonly name: string;
  handle(call: Call): Promise<Reply>;
  /** Turns an error into this service's own shape; the gateway uses it for signature errors, too. */
  fail(error: ServiceError, call: Pick<Call, "requestId" | "path" | "headers">): Reply;
  /** Takes calls without a signature, and decides which. */
  unsigned?: true;
  /** Background work (sweepers, pools) begins; must return quickly. */
  start?(): void | Promise<void>;
  /** Ends background work and children; called once, before the store closes. */
  stop?(): void | Promise<void>;
  /** Set by lambda: what holds functions back on this computer; chooses it when that has not been done. */
  sandbox?(): Promise<{ kind: SandboxKind; why?: string }>;
  /** Calls that are not addressed by signature: a function URL's Host, for example. Undefined: not mine. */
  claims?(host: string, path: string): boolean;
}

/** One permission that a call needs. */
export interface Need {
  /** In the words of AWS's Service Authorization Reference: `s3:GetObject`. */
  action: string;
  /** An ARN; `*` for an action that has no resource. */
  resource: string;
  /** Condition keys of this action, asked for only when a policy names one; global keys are known anyway. */
  keys?: () => Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The resource's own policy. */
  policy?: () => CompiledPolicy | undefined;
  /** Roles' trust policies: nothing is allowed unless the policy has a part in it. */
  policyRequired?: true;
  /** Who asks, where it is not the call's signer. */
  principal?: Principal;
  /** How the error names the resource where it does not say the ARN: `role NAME`. */
  shown?: string;
  /** Asked again and again as the same object, whose keys stay what they are. */
  kept?: true;
}

/** What an operation needs, of its decoded input. The input may be anything that its protocol could carry. */
export type AccessRow<Input = any> = (input: Input, call: Call) => readonly Need[];

/** A service's rows, by operation. */
export type AccessTable<Input = any> = Readonly<Record<string, AccessRow<Input>>>;

/** Every service asks it before an operation runs. */
export interface Access {
  /** Throws AccessDenied in the service's words unless each need is met. */
  require(call: Call, needs: readonly Need[]): void;
  /** Why a need is not met, in AWS's words; undefined when it is. For calls that answer item by item. */
  refusal(call: Call, need: Need): string | undefined;
}

/** A user or role, and what its calls are decided by. */
export interface CallerPolicies {
  /** `AROA…`, `AIDA…`: a session of a role that was deleted and made again is none of the new one's. */
  id: string;
  tags: Readonly<Record<string, string>>;
  identity: readonly CompiledPolicy[];
  boundary?: CompiledPolicy;
}

export type ServiceFactory = (cloud: LocalCloud) => Service;

/** An error as AWS would say it; never leaves stacks/local. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error's shape: `{ Item: … }`, `{ BucketName: … }`. */
  readonly fields: Record<string, unknown>;
  constructor(code: string, status: number, message: string, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = "ServiceError";
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** What services ask of each other, in process. Each is set by the service that owns it, before start(). */
/** One record of a stream, for a function. */
export interface StreamEvent {
  /** Where it stands: what the next read begins after. */
  position: number;
  sequenceNumber: string;
  /** Milliseconds since 1970. */
  at: number;
  /** The record as JSON, as a function's event has it. */
  text: string;
}

/** Streams of tables, read in this process. Asks no permission: whoever reads has. */
export interface StreamReader {
  /** The position before the first record, or behind the last; undefined: no such stream. */
  start(arn: string, position: "TRIM_HORIZON" | "LATEST"): number | undefined;
  /** What comes after a position, in order; of one share of partition keys only, when said. Undefined: no such stream. */
  read(
    arn: string,
    after: number,
    limits: { most: number; mostBytes: number; share: { of: number; index: number } },
  ): StreamEvent[] | undefined;
  /** Called with the ARNs of streams that were written to; answers how to stop it. */
  watch(listener: (arns: ReadonlySet<string>) => void): () => void;
}

export interface Peers {
  /** Set by logs. Creates group (when createGroup) and stream as needed; a missing group drops the lines. */
  writeLogs?(
    group: string,
    stream: string,
    events: { timestamp: number; message: string }[],
    createGroup: boolean,
  ): void;
  /** Set by iam/sts. Credentials of a role, as Lambda gets them; throws ServiceError when there is no such role. */
  assumeRole?(roleArn: string, sessionName: string, seconds: number): SessionCredentials;
  /** Set by iam. Null when there is no such role. trustsLambda: lambda.amazonaws.com may assume it, by now. */
  findRole?(roleArn: string): { arn: string; trustsLambda: boolean } | null;
  /** Set by iam. A key of the caller's signed a call; kept for GetAccessKeyLastUsed and RoleLastUsed. */
  noteUse?(caller: Caller, service: string, region: string): void;
  /** Set by iam. A role or user by its ARN; null when there is none (any longer). Not to be asked inside a write. */
  policiesOf?(arn: string): CallerPolicies | null;
  /** Set by dynamodb. */
  streams?: StreamReader;
  /** Set by s3. The bytes of an object, for code from S3. Throws AccessDenied unless whoever calls may read it. */
  readObject?(call: Call, bucket: string, key: string, versionId?: string): Promise<Readable>;
}

/** The key material the gateway verifies signatures with. Owner key from a 0600 file, session keys from STS. */
export interface KeyRing {
  find(
    accessKeyId: string,
  ): { secretAccessKey: string; sessionToken?: string; expiresAt?: number; caller: Caller } | null;
}

export const accessModes = ["enforce", "audit", "off"] as const;
export type AccessMode = (typeof accessModes)[number];

export interface LocalCloudOptions {
  /** The cloud's name: `home`. */
  name: string;
  /** What `/_freehold/health` says: the package's version. */
  version?: string;
  /** Folder of the store: created 0700. */
  dataDir: string;
  /** Port on 127.0.0.1; 0 picks one (tests). */
  port: number;
  accountId: string;
  region: string;
  /** What policies do: `enforce` (the default), `audit` (log what would be denied), or `off`. */
  access?: AccessMode;
  /** How long after its creation a role cannot be assumed, in milliseconds; on AWS it takes some 8 s. Default 0. */
  roleDelayMs?: number;
  /** The account's limit of concurrent executions: 10 is a fresh AWS account's. Default: by this computer's memory. */
  lambdaConcurrency?: number;
  /** Folder with `node_modules` from which functions get the AWS SDK; default: this package's own. */
  sdkDir?: string;
  /** What is to hold functions back: this or nothing. Default: the best that works here. */
  sandbox?: SandboxKind;
  /** Folder of Lambda's runtime clients; default: `runtime/` beside Lambda's module. A bundled build names its copy. */
  runtimeDir?: string;
}

export interface LocalCloud {
  readonly options: LocalCloudOptions;
  readonly store: Store;
  readonly clock: Clock;
  readonly peers: Peers;
  readonly access: Access;
  /** All rings together; `find` asks them in order, for what is signed elsewhere than in the request. */
  readonly keyRing: KeyRing & { add(ring: KeyRing): void };
  /** `http://127.0.0.1:PORT`; known once the gateway listens. */
  endpoint(): string;
  /** A connection that came to this port of a function's own network; the function is who calls. */
  accept(socket: Socket, functionName: string): void;
  /** One line to the local cloud's own log file; never secrets. */
  log(message: string): void;
}
