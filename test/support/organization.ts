/**
 * What AWS Organizations does and moto 5.2 does not, before a moto: an e-mail address is of one account alone, told as late
 * as AWS tells it; and LeaveOrganization, where the account that asks is let go. Which account asks is what moto itself says
 * of the keys. What AWS demands of one that leaves (a means of payment, an address) is not here.
 */
import { randomUUID } from "node:crypto";
import { Organizations } from "@aws-sdk/client-organizations";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Answer, answerOf, formOf, type Nature } from "./fault-proxy.ts";

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

const answer = (said: object, status = 200): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: Buffer.from(JSON.stringify(said)),
});

/** `owners`: keys that may ask to leave; those of the management account may not. */
export function organization(endpoint: string, owners: readonly Keys[]): Nature {
  const manager = { accessKeyId: "testing", secretAccessKey: "testing" };
  const aws = new Organizations({ endpoint, region: "us-east-1", credentials: manager });
  const refused = new Map<string, object>();
  const taken = async (email: string): Promise<boolean> =>
    ((await aws.listAccounts({})).Accounts ?? []).some(({ Email }) => Email?.toLowerCase() === email.toLowerCase());

  async function leave(signed: string): Promise<Answer> {
    const id = /Credential=([^/]+)\//.exec(signed)?.[1];
    const credentials = owners.find(({ accessKeyId }) => accessKeyId === id);
    if (!credentials) return answer({ __type: "MasterCannotLeaveOrganizationException", Message: "No." }, 400);
    const sts = new STSClient({ endpoint, region: "us-east-1", credentials });
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    await aws.removeAccountFromOrganization({ AccountId: Account });
    return answer({});
  }

  return async (request, body, carryOut) => {
    const action = String(request.headers["x-amz-target"]).split(".").at(-1);
    if (action === "LeaveOrganization") return leave(String(request.headers.authorization));
    if (action === "CreateAccount") {
      const { Email, AccountName } = JSON.parse(body.toString()) as { Email: string; AccountName: string };
      if (!(await taken(Email))) return carryOut();
      const Id = `car-${randomUUID().replaceAll("-", "")}`;
      refused.set(Id, { Id, AccountName, State: "FAILED", FailureReason: "EMAIL_ALREADY_EXISTS" });
      return answer({ CreateAccountStatus: { Id, AccountName, State: "IN_PROGRESS" } });
    }
    if (action !== "DescribeCreateAccountStatus") return carryOut();
    const { CreateAccountRequestId } = JSON.parse(body.toString()) as { CreateAccountRequestId: string };
    const CreateAccountStatus = refused.get(CreateAccountRequestId);
    return CreateAccountStatus ? answer({ CreateAccountStatus }) : carryOut();
  };
}

/**
 * Keys of roles that end before their hour, in front of an AWS whose keys never end. `lastMs`: how long those last that are
 * handed out from now on; none: as long as they are said to.
 */
export function endingKeys(behind: Nature) {
  const state = { lastMs: undefined as number | undefined, ends: new Map<string, number>() };
  const nature: Nature = async (request, body, carryOut) => {
    const key = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if ((state.ends.get(key) ?? Number.POSITIVE_INFINITY) < Date.now())
      return expired(request.headers["x-amz-target"] ?? `${request.method} ${request.url}`);
    const answer = await behind(request, body, carryOut);
    const { lastMs } = state;
    if (answer === "reset" || lastMs === undefined || !/(^|&)Action=AssumeRole(&|$)/.test(body.toString("latin1")))
      return answer;
    const [text, ends] = [answer.body.toString(), Date.now() + lastMs];
    state.ends.set(/<AccessKeyId>([^<]+)</.exec(text)?.[1] ?? "", ends);
    const said = `<Expiration>${new Date(ends).toISOString()}<`;
    return { ...answer, body: Buffer.from(text.replace(/<Expiration>[^<]+</, said)) };
  };
  return { nature, state };
}

const expired = (operation: string | string[]): Answer =>
  answerOf({
    ...{ kind: "answer", status: 400, form: formOf(String(operation)) },
    ...{ code: "ExpiredTokenException", message: "The security token included in the request is expired" },
  });
