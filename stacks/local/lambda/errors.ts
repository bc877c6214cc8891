/** Every error Lambda's control and data plane answer with, in AWS's words. Nothing else makes a ServiceError here. */
import { ServiceError } from "../service.ts";

const user = { Type: "User" };

export const functionNotFound = (arn: string): ServiceError =>
  new ServiceError("ResourceNotFoundException", 404, `Function not found: ${arn}`, user);

export const elsewhere = (region: string, here: string): ServiceError =>
  notFound(`Functions from '${region}' are not reachable in this region ('${here}')`);

export const notFound = (message: string): ServiceError =>
  new ServiceError("ResourceNotFoundException", 404, message, user);

export const conflict = (message: string): ServiceError =>
  new ServiceError("ResourceConflictException", 409, message, user);

export const functionExists = (name: string): ServiceError => conflict(`Function already exist: ${name}`);

export const notReady = (state: string): ServiceError =>
  conflict(
    `The operation cannot be performed at this time. The function is currently in the following state: ${state}`,
  );

export const updating = (arn: string): ServiceError =>
  conflict(`The operation cannot be performed at this time. An update is in progress for resource: ${arn}`);

export const invalid = (message: string): ServiceError =>
  new ServiceError("InvalidParameterValueException", 400, message, user);

/** What does not satisfy the shape: AWS counts the errors and lists them. */
export const validation = (problems: readonly string[]): ServiceError =>
  new ServiceError(
    "ValidationException",
    400,
    `${problems.length} validation error${problems.length === 1 ? "" : "s"} detected: ${problems.join("; ")}`,
  );

/** The same, said already by the service's model. */
export const invalidShape = (message: string): ServiceError => new ServiceError("ValidationException", 400, message);

/** A thing AWS has and this cloud does not: refused by name, never ignored. */
export const notServed = (what: string): ServiceError => invalid(`${what} is not supported by this local cloud.`);

/** `api`: which call tells the revision, as AWS says it. */
export const revisionMismatch = (api = "GetFunction/GetAlias"): ServiceError =>
  new ServiceError(
    "PreconditionFailedException",
    412,
    `The Revision Id provided does not match the latest Revision Id. Call the ${api} API to retrieve the latest Revision Id`,
    user,
  );

export const policyTooLong = (bytes: number): ServiceError =>
  new ServiceError(
    "PolicyLengthExceededException",
    400,
    `The final policy size (${bytes}) is bigger than the limit (20480).`,
    user,
  );

export const cannotAssume = (): ServiceError =>
  invalid("The role defined for the function cannot be assumed by Lambda.");

export const accessDenied = (message: string): ServiceError =>
  new ServiceError("AccessDeniedException", 403, message, user);

export const badZip = (): ServiceError =>
  invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");

export const tooLarge = (limitBytes: number, operation: string): ServiceError =>
  new ServiceError(
    "RequestEntityTooLargeException",
    413,
    `Request must be smaller than ${limitBytes} bytes for the ${operation} operation`,
    user,
  );

export const eventTooLarge = (bytes: number, limitBytes: number): ServiceError =>
  new ServiceError(
    "RequestEntityTooLargeException",
    413,
    `${bytes} byte payload is too large for the Event invocation type (limit ${limitBytes} bytes)`,
    user,
  );

/** The zip in the request itself; larger ones come from S3. */
export const zipTooLarge = (limitBytes: number): ServiceError =>
  new ServiceError("RequestEntityTooLargeException", 413, `Zipped size must be smaller than ${limitBytes} bytes`, user);

export const badJson = (message: string): ServiceError =>
  new ServiceError("InvalidRequestContentException", 400, `Could not parse request body into json: ${message}`, user);

export type ThrottleReason =
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "ConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded";

export const throttled = (reason: ThrottleReason): ServiceError =>
  new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", { Reason: reason, ...user });

export const recursive = (): ServiceError =>
  new ServiceError(
    "RecursiveInvocationException",
    400,
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.",
    user,
  );

export const noProvisionedConcurrency = (): ServiceError =>
  new ServiceError(
    "ProvisionedConcurrencyConfigNotFoundException",
    404,
    "No Provisioned Concurrency Config found for this function",
    user,
  );

export const unknownOperation = (): ServiceError => new ServiceError("UnknownOperationException", 404, "");

export const serviceFailure = (message: string): ServiceError =>
  new ServiceError("ServiceException", 500, message, { Type: "Service" });
