/** How IAM refuses what its model does not allow, and which members of its inputs are not carried out. */
import type { InputRules } from "../models/admit.ts";
import { errors } from "./errors.ts";

export const inputRules: InputRules = {
  service: "iam",
  valuesUnsaid: true,
  invalid: errors.invalid,
  notServed: (what) => errors.invalidInput(`${what} is not supported by this local cloud.`),
  notCarried: {
    CreateOpenIDConnectProvider: ["ContextProvider", "IdentityCenterInstanceArn"],
    CreateRole: ["MaxSigninSessionDuration"],
    UpdateRole: ["MaxSigninSessionDuration", "ResetMaxSigninSessionDuration"],
  },
};
