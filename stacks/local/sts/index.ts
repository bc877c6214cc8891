/**
 * STS of the local cloud: who signed, and temporary keys. A role is assumed when its trust policy and the caller's own
 * policies say so; Lambda gets the sessions of its functions' roles in process.
 */
import { queryService } from "../protocols/aws-query.ts";
import { ServiceError, type ServiceFactory } from "../service.ts";
import { stsAccess } from "./access.ts";
import { assumeRole, identityOf, roleAt } from "./assume-role.ts";
import { inputRules } from "./input-rules.ts";
import { openIssuer } from "./issuer.ts";
import { migrations, Sessions } from "./sessions.ts";
import { getFederationToken, getSessionToken } from "./tokens.ts";
import { assumeRoleWithWebIdentity } from "./web-identity.ts";

export const createStsService: ServiceFactory = (cloud) => {
  cloud.store.migrate("sts", migrations);
  const sessions = new Sessions(cloud);
  cloud.keyRing.add({ find: (accessKeyId) => sessions.find(accessKeyId) });
  cloud.peers.assumeRole = (roleArn, sessionName, seconds) => {
    const role = roleAt(cloud.store.db, roleArn);
    if (!role) throw new ServiceError("AccessDenied", 403, `The role ${roleArn} cannot be assumed: it is not there.`);
    return sessions.add(identityOf(cloud, role, sessionName), seconds, { kind: "role" }).session;
  };
  const issuer = openIssuer(cloud);
  const service = queryService(cloud, {
    name: "sts",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    version: "2011-06-15",
    inputRules,
    access: stsAccess(cloud),
    unsigned: new Set(["AssumeRoleWithWebIdentity"]),
    operations: {
      GetCallerIdentity: (_input, { caller, accountId }) => ({
        Arn: caller?.arn,
        UserId: caller?.userId,
        Account: accountId,
      }),
      AssumeRole: assumeRole(cloud, sessions),
      AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity(cloud, sessions, issuer),
      GetSessionToken: getSessionToken(sessions),
      GetFederationToken: getFederationToken(cloud, sessions),
      GetAccessKeyInfo: (_input, { accountId }) => ({ Account: accountId }),
      // Denials here say in plain words what they are about: there is no message that could be decoded.
      DecodeAuthorizationMessage() {
        throw new ServiceError("InvalidAuthorizationMessageException", 400, "Message is not valid");
      },
    },
  });
  return {
    ...service,
    unsigned: true,
    claims: issuer.claims,
    handle: (call) =>
      issuer.claims(call.host.replace(/:\d+$/, ""), call.path) ? issuer.handle(call) : service.handle(call),
    start: () => sessions.sweep(),
  };
};
