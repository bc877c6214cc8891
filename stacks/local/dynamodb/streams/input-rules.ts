/** How DynamoDB Streams refuses what its model does not allow. */
import type { InputRules } from "../../models/admit.ts";
import { notServed, validation } from "../errors.ts";

export const inputRules: InputRules = { service: "dynamodbstreams", invalid: validation, notServed };
