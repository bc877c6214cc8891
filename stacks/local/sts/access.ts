/** What each operation of STS needs. A role's trust policy decides with the caller's own: assume-role.ts asks for both. */
import { anywhere, free, textOf } from "../access/rows.ts";
import type { QueryInput } from "../protocols/aws-query.ts";
import type { AccessTable, LocalCloud } from "../service.ts";

export const stsAccess = ({ options }: LocalCloud): AccessTable<QueryInput> => ({
  AssumeRole: free,
  GetCallerIdentity: free,
  GetSessionToken: free,
  GetAccessKeyInfo: anywhere("sts:GetAccessKeyInfo"),
  GetFederationToken: ({ Name }) => [
    {
      action: "sts:GetFederationToken",
      resource: `arn:aws:sts::${options.accountId}:federated-user/${textOf(Name)}`,
    },
  ],
});
