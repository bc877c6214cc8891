/** How the parameter store refuses what its model does not allow, and which members of its inputs are not carried out. */
import type { InputRules } from "../models/admit.ts";
import { errors } from "./errors.ts";

export const inputRules: InputRules = {
  service: "ssm",
  invalid: errors.validation,
  notServed: errors.notHere,
  notCarried: {
    DescribeParameters: ["Shared"],
    PutParameter: ["Policies"],
  },
};
