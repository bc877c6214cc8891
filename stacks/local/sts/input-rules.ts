/** How STS refuses what its model does not allow, and which members of its inputs are not carried out. */
import type { InputRules } from "../models/admit.ts";
import { ServiceError } from "../service.ts";

export const inputRules: InputRules = {
  service: "sts",
  invalid: (message) => new ServiceError("ValidationError", 400, message),
  notServed: (what) => new ServiceError("ValidationError", 400, `${what} is not supported by this local cloud.`),
  notCarried: {
    AssumeRole: ["SerialNumber", "TokenCode", "ProvidedContexts", "MinimumSessionTokenSize"],
    AssumeRoleWithWebIdentity: ["ProviderId", "MinimumSessionTokenSize"],
    GetFederationToken: ["MinimumSessionTokenSize"],
    GetSessionToken: ["MinimumSessionTokenSize"],
  },
  withoutEffect: {
    DecodeAuthorizationMessage: { EncodedMessage: "none is ever handed out, so none is valid" },
  },
};
