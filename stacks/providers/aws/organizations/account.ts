/**
 * aws:organizations/account:Account, a member account. Making one takes minutes and may fail late; removing one either
 * lets it go on alone or closes it (closeOnDeletion), and AWS closes few in a month.
 */
import type { CreateAccountStatus, Organizations } from "@aws-sdk/client-organizations";
import { retried, until } from "../../kit/waiting.ts";
import { hasCode, problems, undefinedFor } from "../errors.ts";
import { refusedAll, steering, text } from "../schema.ts";
import { isOurs, type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { bool, type Call, compact, type ResourceType, str } from "../type.ts";

export const account: ResourceType = {
  token: "aws:organizations/account:Account",
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    email: text({ required: true, replaces: true }),
    parentId: text({ computed: true }),
    // AWS never tells them again.
    roleName: text({ replaces: true, writeOnly: true }),
    iamUserAccessToBilling: text({ replaces: true, writeOnly: true, oneOf: ["ALLOW", "DENY"] }),
    closeOnDeletion: steering(),
    ...refusedAll("createGovcloud"),
  },
  outputs: ["arn", "govcloudId", "joinedMethod", "joinedTimestamp", "state", "status"],
  volatile: ["state", "status"],
  taggable: true,
  autoname: { property: "name", maxLength: 50 },
  identity: (inputs) => str(inputs, "email"),
  locate,
  create,
  aspects: [
    { of: ["parentId"], afterCreate: true, sync: syncParent },
    { of: ["tagsAll"], sync: syncTags },
    { of: ["closeOnDeletion"], sync: async () => undefined },
  ],
  observe,
  remove,
};

async function organizations(call: Call): Promise<Organizations> {
  return await call.session.client("organizations", call.context, call.label);
}

const orMissing = undefinedFor("AccountNotFoundException");

/** An organization takes one change at a time, and a new one an hour until it can have accounts. */
async function alone<T>(call: Call, what: string, attempt: () => Promise<T>): Promise<T> {
  const wait = { what, seconds: 300 };
  const busy = ["ConcurrentModificationException", "FinalizingOrganizationException"];
  return await retried(call.context, wait, (error) => hasCode(error, ...busy), attempt);
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  call.label = `account ${str(inputs, "name")}`;
  const client = await organizations(call);
  const tags = tagList(inputs["tagsAll"] as Tags | undefined);
  const asked = await alone(call, "the organization to take a new account", () =>
    client.createAccount({
      AccountName: str(inputs, "name"),
      Email: str(inputs, "email"),
      RoleName: str(inputs, "roleName"),
      IamUserAccessToBilling: str(inputs, "iamUserAccessToBilling") as "ALLOW" | undefined,
      Tags: tags.length > 0 ? tags : undefined,
    }),
  );
  const done = await ended(call, asked.CreateAccountStatus?.Id);
  if (done.State === "SUCCEEDED") return done.AccountId!;
  const code = done.FailureReason ?? "unknown";
  // A request whose answer was lost is sent again, and meets what the first one made.
  const mine = code === "EMAIL_ALREADY_EXISTS" ? await ours(call) : undefined;
  if (mine) return mine;
  throw problems.failed(call.label, reasons[code] ? `${code}: ${reasons[code]}` : code);
}

/** The member of this address, be it still under way, if its tags say that this program made it. */
async function ours(call: Call): Promise<string | undefined> {
  const id = await locate(call);
  return id && isOurs(await liveTags({ ...call, id }), call.inputs["tagsAll"] as Tags | undefined) ? id : undefined;
}

/** Why AWS made none, by its own word. */
const reasons: { [code: string]: string } = {
  EMAIL_ALREADY_EXISTS: "an AWS account has this address already; each needs one of its own",
  ACCOUNT_LIMIT_EXCEEDED: "the organization may have no more accounts; ask AWS for more through Service Quotas",
  INVALID_EMAIL: "AWS does not take this address",
  INVALID_ADDRESS: "the management account's postal address is not valid",
  MISSING_PAYMENT_INSTRUMENT: "the management account has no valid means of payment",
};

async function ended(call: Call, CreateAccountRequestId: string | undefined): Promise<CreateAccountStatus> {
  const client = await organizations(call);
  return await until(call.context, { what: `AWS to make ${call.label}`, seconds: 600 }, async () => {
    const { CreateAccountStatus: now } = await client.describeCreateAccountStatus({ CreateAccountRequestId });
    return now?.State === "IN_PROGRESS" ? undefined : now;
  });
}

/** Also while an earlier request is still under way. */
async function locate(call: Call): Promise<string | undefined> {
  const client = await organizations(call);
  const name = str(call.inputs, "name");
  let NextToken: string | undefined;
  do {
    const page = await client.listCreateAccountStatus({ States: ["IN_PROGRESS"], NextToken });
    // A request says the name alone.
    for (const one of page.CreateAccountStatuses ?? []) if (one.AccountName === name) await ended(call, one.Id);
    NextToken = page.NextToken;
  } while (NextToken);
  return await member(call);
}

/** By its address, which no two accounts share. */
async function member(call: Call): Promise<string | undefined> {
  const client = await organizations(call);
  const email = str(call.inputs, "email")?.toLowerCase();
  let NextToken: string | undefined;
  do {
    const page = await client.listAccounts({ NextToken });
    const found = page.Accounts?.find((one) => one.Email?.toLowerCase() === email);
    if (found) return found.Id;
    NextToken = page.NextToken;
  } while (NextToken);
  return undefined;
}

async function parentOf(call: Call): Promise<string | undefined> {
  const client = await organizations(call);
  return (await client.listParents({ ChildId: call.id })).Parents?.[0]?.Id;
}

async function syncParent(call: Call): Promise<void> {
  const [SourceParentId, DestinationParentId] = [await parentOf(call), str(call.inputs, "parentId")];
  if (!DestinationParentId || SourceParentId === DestinationParentId) return;
  const client = await organizations(call);
  const move = { AccountId: call.id, SourceParentId, DestinationParentId };
  await alone(call, `another change of ${call.label} to end`, () => client.moveAccount(move));
}

async function liveTags(call: Call): Promise<Tags> {
  const client = await organizations(call);
  const all = [];
  let NextToken: string | undefined;
  do {
    const page = await client.listTagsForResource({ ResourceId: call.id, NextToken });
    all.push(...(page.Tags ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return tagMap(all);
}

async function syncTags(call: Call): Promise<void> {
  const { set, remove: TagKeys } = tagChanges(await liveTags(call), call.inputs["tagsAll"] as Tags);
  const client = await organizations(call);
  if (TagKeys.length > 0) await client.untagResource({ ResourceId: call.id, TagKeys });
  if (Object.keys(set).length > 0) await client.tagResource({ ResourceId: call.id, Tags: tagList(set) });
}

async function observe(call: Call) {
  const live = (await orMissing((await organizations(call)).describeAccount({ AccountId: call.id })))?.Account;
  // A closed account is shown for 90 days more.
  if (!live || live.Status === "SUSPENDED") return undefined;
  return {
    inputs: compact({
      name: live.Name,
      email: live.Email,
      parentId: await parentOf(call),
      tagsAll: await liveTags(call),
    }),
    outputs: compact({
      arn: live.Arn,
      govcloudId: "",
      joinedMethod: live.JoinedMethod,
      joinedTimestamp: live.JoinedTimestamp?.toISOString().replace(/\.\d+Z$/, "Z"),
      state: live.State,
      status: live.Status,
    }),
  };
}

async function remove(call: Call): Promise<void> {
  const client = await organizations(call);
  const close = bool(call.inputs, "closeOnDeletion");
  try {
    await alone(call, `another change of ${call.label} to end`, async () => {
      if (close) await orMissing(client.closeAccount({ AccountId: call.id }));
      else await orMissing(client.removeAccountFromOrganization({ AccountId: call.id }));
    });
  } catch (error) {
    if (hasCode(error, "AccountAlreadyClosedException")) return;
    if (hasCode(error, "ConstraintViolationException")) throw problems.accountStays(call.id, close === true, error);
    throw error;
  }
  if (!close) return;
  await until(call.context, { what: `AWS to close account ${call.id}`, seconds: 600 }, async () => {
    return (await observe(call)) === undefined ? true : undefined;
  });
}
