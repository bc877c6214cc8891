/**
 * What AWS does between a call and its effect, by a clock of seconds that the test gives: what is made is not there at
 * once, not seen everywhere, not free again as soon as it is gone. Knows no sockets; refuses nothing that AWS would take.
 */
import type { AwsCall } from "./aws-call.ts";
import type { Answer, Refusal } from "./fault-proxy.ts";

/** Seconds, from and to. Roles, tables and functions as others have timed them on AWS; the rest is assumed, and not short. */
type Span = readonly [number, number];

export interface Delays {
  /** Until Lambda can assume a new role: 7 to 12 s. */
  roleAssumable: Span;
  /** Until a new role, policy or bucket is seen by those who ask for it; `unseen` of all are met by it. */
  seen: Span;
  unseen: number;
  /** CREATING: 5 to 13 s. UPDATING, with an index or without; DELETING; until backups can be switched on. */
  tableMade: Span;
  tableChanged: Span;
  indexMade: Span;
  tableGone: Span;
  backupsReady: Span;
  /** Pending after it was made, InProgress after a change. */
  functionActive: Span;
  functionChanged: Span;
  /** Until a role's detached policies no longer count. */
  detached: Span;
  /** Until a name can be taken again: a function's URL, a bucket (409 OperationAborted), a queue. */
  urlFree: Span;
  bucketFree: Span;
  queueFree: Span;
}

export const typical: Delays = {
  roleAssumable: [7, 12],
  seen: [1, 10],
  unseen: 0.5,
  tableMade: [5, 13],
  tableChanged: [2, 6],
  indexMade: [5, 13],
  tableGone: [3, 8],
  backupsReady: [1, 5],
  functionActive: [1, 3],
  functionChanged: [1, 3],
  detached: [0, 4],
  urlFree: [5, 20],
  bucketFree: [10, 60],
  queueFree: [60, 60],
};

type Told = Record<string, any>;
interface Rule {
  /** AWS does not carry it out. */
  refuses?: (call: AwsCall) => Refusal | undefined;
  /** AWS carried it out; answers what it tells of it, when that is not what it became. */
  after?: (call: AwsCall, body: string) => string | undefined;
}

const xml = (code: string, message: string, status = 400): Refusal => ({
  kind: "answer",
  status,
  code,
  message,
  form: "xml",
});
const json = (code: string, message: string, status = 400): Refusal => ({
  ...xml(code, message, status),
  form: "json",
});

/** moto keeps what AddPermission was asked as members of the statement; AWS tells it as conditions. */
function policyOfAws(body: string): string {
  const told: Told = JSON.parse(body);
  const policy: Told = JSON.parse(told["Policy"] ?? "{}");
  for (const statement of policy["Statement"] ?? []) {
    const { FunctionUrlAuthType: auth, InvokedViaFunctionUrl: via } = statement;
    delete statement.FunctionUrlAuthType;
    delete statement.InvokedViaFunctionUrl;
    const condition = {
      ...statement.Condition,
      ...(auth && { StringEquals: { ...statement.Condition?.StringEquals, "lambda:FunctionUrlAuthType": auth } }),
      ...(via && { Bool: { "lambda:InvokedViaFunctionUrl": String(via) } }),
    };
    if (Object.keys(condition).length > 0) statement.Condition = condition;
  }
  return JSON.stringify({ ...told, Policy: JSON.stringify(policy) });
}

/** Keys and lists of a policy mean the same in any order, and AWS keeps none (A17). */
function otherWayRound(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(otherWayRound).reverse();
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, otherWayRound(item)]),
  );
}

const policiesOtherWayRound = (body: string): string =>
  body.replaceAll(
    /(<(?:AssumeRole)?PolicyDocument>)([^<]*)/g,
    (_all, tag, text) =>
      `${tag}${encodeURIComponent(JSON.stringify(otherWayRound(JSON.parse(decodeURIComponent(text)))))}`,
  );

/** `now`: seconds; `random`: from 0 up to 1. */
export function awsNature(delays: Delays, now: () => number, random: () => number) {
  const until = new Map<string, number>();
  /** What tables were when they were deleted. */
  const gone = new Map<string, Told>();
  const between = ([from, to]: Span): number => from + random() * (to - from);
  const lasts = (what: string, span: Span): void => void until.set(what, now() + between(span));
  const still = (what: string): boolean => now() < (until.get(what) ?? 0);
  const unseen = (what: string): void => {
    if (random() < delays.unseen) lasts(`unseen ${what}`, delays.seen);
  };
  const rules = new Map<string, Rule>();
  const on = (service: string, operations: string, rule: Rule): void => {
    for (const operation of operations.split(" ")) rules.set(`${service} ${operation}`, rule);
  };

  // Roles and policies.
  const role = (arn: unknown): string => String(arn).split("/").at(-1)!;
  const notAssumable = ({ input }: AwsCall): Refusal | undefined =>
    input.Role && still(`fresh ${role(input.Role)}`)
      ? json("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
      : undefined;
  const noEntity = (name: string): Refusal | undefined =>
    still(`unseen iam ${name}`) ? xml("NoSuchEntity", `The entity ${name} cannot be found.`, 404) : undefined;
  on("iam", "CreateRole CreatePolicy", {
    after: ({ name, operation }) => {
      unseen(`iam ${name}`);
      if (operation === "CreateRole") lasts(`fresh ${name}`, delays.roleAssumable);
      return undefined;
    },
  });
  const ofRole = "GetRole TagRole PutRolePolicy GetRolePolicy ListRolePolicies ListRoleTags ListAttachedRolePolicies";
  on("iam", `${ofRole} GetPolicy ListPolicyTags`, {
    refuses: ({ name }) => noEntity(name),
    after: (_call, body) => policiesOtherWayRound(body),
  });
  on("iam", "AttachRolePolicy", { refuses: ({ name, input }) => noEntity(name) ?? noEntity(role(input.PolicyArn)) });
  on("iam", "DeleteRolePolicy DetachRolePolicy", {
    after: ({ name }) => void lasts(`detaching ${name}`, delays.detached),
  });
  on("iam", "DeleteRole", {
    refuses: ({ name }) =>
      still(`detaching ${name}`)
        ? xml("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409)
        : undefined,
  });

  // Functions.
  const stateOf = (told: Told): Told => ({
    ...told,
    ...(still(`pending ${told["FunctionName"]}`) && { State: "Pending", StateReasonCode: "Creating" }),
    ...(still(`changing ${told["FunctionName"]}`) && { LastUpdateStatus: "InProgress" }),
  });
  const busy = ({ name }: AwsCall): Refusal | undefined => {
    if (still(`pending ${name}`))
      return json(
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        409,
      );
    return still(`changing ${name}`)
      ? json(
          "ResourceConflictException",
          `The operation cannot be performed at this time. An update is in progress for resource: ${name}`,
          409,
        )
      : undefined;
  };
  const tellsState = (body: string): string => JSON.stringify(stateOf(JSON.parse(body)));
  on("lambda", "CreateFunction", {
    refuses: notAssumable,
    after: ({ name }, body) => {
      lasts(`pending ${name}`, delays.functionActive);
      return tellsState(body);
    },
  });
  on("lambda", "UpdateFunctionConfiguration UpdateFunctionCode", {
    refuses: (call) => busy(call) ?? notAssumable(call),
    after: ({ name }, body) => {
      lasts(`changing ${name}`, delays.functionChanged);
      return tellsState(body);
    },
  });
  on("lambda", "PublishVersion", { refuses: busy });
  on("lambda", "GetFunctionConfiguration", { after: (_call, body) => tellsState(body) });
  on("lambda", "GetFunction", {
    after: (_call, body) => {
      const told = JSON.parse(body);
      return JSON.stringify({ ...told, Configuration: stateOf(told.Configuration) });
    },
  });
  on("lambda", "CreateFunctionUrlConfig", {
    refuses: ({ name }) =>
      still(`url ${name}`)
        ? json("ResourceConflictException", `FunctionUrlConfig exists for this Lambda function ${name}`, 409)
        : undefined,
  });
  on("lambda", "DeleteFunctionUrlConfig", { after: ({ name }) => void lasts(`url ${name}`, delays.urlFree) });
  on("lambda", "DeleteFunction", {
    refuses: busy,
    after: ({ name }) => {
      lasts(`url ${name}`, delays.urlFree);
      for (const one of statements) if (one.startsWith(`${name} `)) statements.delete(one);
      return undefined;
    },
  });
  const statements = new Set<string>();
  const statement = ({ name, input }: AwsCall): string => `${name} ${input.StatementId}`;
  on("lambda", "AddPermission", {
    refuses: (call) =>
      statements.has(statement(call))
        ? json(
            "ResourceConflictException",
            `The statement id (${call.input.StatementId}) provided already exists.`,
            409,
          )
        : undefined,
    after: (call) => void statements.add(statement(call)),
  });
  on("lambda", "RemovePermission", { after: (call) => void statements.delete(statement(call)) });
  on("lambda", "GetPolicy", { after: (_call, body) => policyOfAws(body) });

  // Tables.
  const tableNow = (table: Told): Told => {
    const name = table["TableName"];
    const index = still(`index ${name}`) ? { IndexStatus: still(`creating ${name}`) ? "CREATING" : "UPDATING" } : {};
    const status = still(`creating ${name}`) ? "CREATING" : still(`updating ${name}`) ? "UPDATING" : "ACTIVE";
    return {
      ...table,
      TableStatus: status,
      AttributeDefinitions: [...(table["AttributeDefinitions"] ?? [])].reverse(),
      ...(table["GlobalSecondaryIndexes"] && {
        GlobalSecondaryIndexes: table["GlobalSecondaryIndexes"].map((one: Told) => ({ ...one, ...index })).reverse(),
      }),
    };
  };
  const inUse = (name: string, why: string): Refusal =>
    json(
      "ResourceInUseException",
      `Attempt to change a resource which is still in use: Table is being ${why}: ${name}`,
    );
  const changing = ({ name }: AwsCall): Refusal | undefined => {
    if (still(`deleting ${name}`)) return inUse(name, "deleted");
    if (still(`creating ${name}`)) return inUse(name, "created");
    return still(`updating ${name}`) ? inUse(name, "updated") : undefined;
  };
  const noTable = ({ name }: AwsCall): Refusal | undefined =>
    still(`creating ${name}`) || still(`deleting ${name}`)
      ? json("ResourceNotFoundException", "Requested resource not found")
      : undefined;
  on("dynamodb", "CreateTable", {
    refuses: ({ name }) => (still(`deleting ${name}`) ? inUse(name, "deleted") : undefined),
    after: ({ name, input }, body) => {
      lasts(`creating ${name}`, delays.tableMade);
      if (input.GlobalSecondaryIndexes) until.set(`index ${name}`, until.get(`creating ${name}`)!);
      until.set(`no backups ${name}`, until.get(`creating ${name}`)! + between(delays.backupsReady));
      return JSON.stringify({ TableDescription: tableNow(JSON.parse(body).TableDescription) });
    },
  });
  on("dynamodb", "UpdateTable", {
    refuses: changing,
    after: ({ name, input }, body) => {
      const indexes = input.GlobalSecondaryIndexUpdates !== undefined;
      lasts(`updating ${name}`, indexes ? delays.indexMade : delays.tableChanged);
      if (indexes) until.set(`index ${name}`, until.get(`updating ${name}`)!);
      return JSON.stringify({ TableDescription: tableNow(JSON.parse(body).TableDescription) });
    },
  });
  on("dynamodb", "DescribeTable", {
    after: (_call, body) => JSON.stringify({ Table: tableNow(JSON.parse(body).Table) }),
  });
  on("dynamodb", "UpdateTimeToLive TagResource UntagResource", { refuses: changing });
  on("dynamodb", "UpdateContinuousBackups", {
    refuses: ({ name }) =>
      still(`no backups ${name}`)
        ? json("ContinuousBackupsUnavailableException", `Backups are being enabled for the table: ${name}.`)
        : undefined,
  });
  on("dynamodb", "GetItem PutItem UpdateItem DeleteItem Query Scan", { refuses: noTable });
  on("dynamodb", "DeleteTable", {
    refuses: changing,
    after: ({ name }, body) => {
      const { TableDescription } = JSON.parse(body);
      lasts(`deleting ${name}`, delays.tableGone);
      gone.set(name, { ...TableDescription, TableStatus: "DELETING" });
      return undefined;
    },
  });

  // Buckets and queues.
  on("s3", "CreateBucket", {
    refuses: ({ name }) =>
      still(`bucket ${name}`)
        ? xml("OperationAborted", "A conflicting conditional operation is currently in progress.", 409)
        : undefined,
    after: ({ name }) => void unseen(`s3 ${name}`),
  });
  on("s3", "DeleteBucket", { after: ({ name }) => void lasts(`bucket ${name}`, delays.bucketFree) });
  on("sqs", "DeleteQueue", { after: ({ name }) => void lasts(`queue ${name}`, delays.queueFree) });
  on("sqs", "CreateQueue", {
    refuses: ({ name }) =>
      still(`queue ${name}`)
        ? json(
            "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
          )
        : undefined,
  });
  const ofBucket = ({ service, operation, name }: AwsCall): Refusal | undefined =>
    service === "s3" && !/^(Create|Delete)Bucket$/.test(operation) && still(`unseen s3 ${name}`)
      ? xml("NoSuchBucket", "The specified bucket does not exist", 404)
      : undefined;

  return {
    refuses(call: AwsCall): Refusal | undefined {
      return rules.get(`${call.service} ${call.operation}`)?.refuses?.(call) ?? ofBucket(call);
    },
    /** Of what AWS answered. */
    tells(call: AwsCall, answer: Answer): Answer {
      const { service, operation, name } = call;
      if (service === "dynamodb" && operation === "DescribeTable" && still(`deleting ${name}`))
        return { ...answer, status: 200, body: Buffer.from(JSON.stringify({ Table: gone.get(name) })) };
      if (answer.status >= 300) return answer;
      const told = rules.get(`${service} ${operation}`)?.after?.(call, answer.body.toString());
      return told === undefined ? answer : { ...answer, body: Buffer.from(told) };
    },
  };
}
