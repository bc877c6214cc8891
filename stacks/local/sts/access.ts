/** What each operation of STS needs. A role's trust policy decides with the caller's own: assume-role.ts asks for both. */
import { anywhere, free, textOf } from "../access/rows.ts";
import type { QueryInput } from "../protocols/aws-query.ts";
import type { AccessTable, LocalCloud } from "../service.ts";

export const stsAccess = ({ options }: LocalCloud): AccessTable<QueryInput> => ({
  AssumeRole: free,
  AssumeRoleWithWebIdentity: free,
  DecodeAuthorizationMessage: anywhere("sts:DecodeAuthorizationMessage"),
  GetCallerIdentity: free,
  GetSessionToken: free,
  GetAccessKeyInfo: anywhere("sts:GetAccessKeyInfo"),
  // A session may not call it whatever its policies say, and is told so by the operation.
  GetFederationToken: ({ Name }, { caller }) =>
    caller?.session
      ? []
      : [
          {
            action: "sts:GetFederationToken",
            resource: `arn:aws:sts::${options.accountId}:federated-user/${textOf(Name)}`,
          },
        ],
});
