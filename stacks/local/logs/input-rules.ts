/** How CloudWatch Logs refuses what its model does not allow, and which members of its inputs are not carried out. */
import type { InputRules } from "../models/admit.ts";
import { invalid, notServed } from "./errors.ts";

export const inputRules: InputRules = {
  service: "logs",
  invalid,
  notServed,
  notCarried: {
    CreateLogGroup: ["kmsKeyId"],
    DescribeLogGroups: ["accountIdentifiers", "includeLinkedAccounts"],
    ListLogGroups: ["accountIdentifiers", "dataSources", "fieldIndexNames", "includeLinkedAccounts", "logGroupTags"],
    PutLogEvents: ["entity"],
  },
  withoutEffect: {
    FilterLogEvents: {
      interleaved: "AWS ignores it: streams are always interleaved",
      unmask: "nothing is masked: data protection policies are refused",
    },
    GetLogEvents: { unmask: "nothing is masked: data protection policies are refused" },
    PutLogEvents: { sequenceToken: "AWS ignores it: every token is right" },
  },
};
