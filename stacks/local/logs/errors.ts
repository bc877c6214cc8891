/** CloudWatch Logs' errors in AWS's words. */
import { ServiceError } from "../service.ts";

export const groupExists = (): ServiceError =>
  new ServiceError("ResourceAlreadyExistsException", 400, "The specified log group already exists");
export const streamExists = (): ServiceError =>
  new ServiceError("ResourceAlreadyExistsException", 400, "The specified log stream already exists");
export const noGroup = (): ServiceError =>
  new ServiceError("ResourceNotFoundException", 400, "The specified log group does not exist.");
export const noStream = (): ServiceError =>
  new ServiceError("ResourceNotFoundException", 400, "The specified log stream does not exist.");
export const noResource = (): ServiceError =>
  new ServiceError("ResourceNotFoundException", 400, "The specified resource does not exist.");
export const invalid = (message: string): ServiceError => new ServiceError("InvalidParameterException", 400, message);
export const protectedGroup = (): ServiceError =>
  new ServiceError(
    "ValidationException",
    400,
    "The log group has deletion protection enabled. Disable deletion protection before deleting it.",
  );

/** AWS has it, this cloud does not: refused by name, never ignored. */
export const notServed = (what: string): ServiceError => invalid(`${what} is not supported by this local cloud.`);
