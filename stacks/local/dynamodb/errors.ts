/** Every error DynamoDB's operations answer, with AWS's codes and texts. Texts that belong to one place stay there. */
import { ServiceError } from "../service.ts";

/** Coral's own errors carry another prefix than DynamoDB's. */
const coral: Readonly<Record<string, string>> = {
  ValidationException: "com.amazon.coral.validate#",
  SerializationException: "com.amazon.coral.service#",
  UnknownOperationException: "com.amazon.coral.service#",
  UnrecognizedClientException: "com.amazon.coral.service#",
  InvalidSignatureException: "com.amazon.coral.service#",
  IncompleteSignatureException: "com.amazon.coral.service#",
  MissingAuthenticationTokenException: "com.amazon.coral.service#",
  ExpiredTokenException: "com.amazon.coral.service#",
  AccessDeniedException: "com.amazon.coral.service#",
};

export const errorPrefix = (code: string): string => coral[code] ?? "com.amazonaws.dynamodb.v20120810#";

export const validation = (message: string): ServiceError => new ServiceError("ValidationException", 400, message);

/** AWS begins most of its judgements on values with these words. */
export const invalidValue = (message: string): ServiceError =>
  validation(`One or more parameter values were invalid: ${message}`);

export const serialization = (message: string): ServiceError =>
  new ServiceError("SerializationException", 400, message);

/** What this server does not do; a validation error, so that no client tries again. */
export const notServed = (what: string): ServiceError =>
  validation(`${what} is not supported by the local cloud's DynamoDB`);

export const noSuchTable = (): ServiceError =>
  new ServiceError("ResourceNotFoundException", 400, "Requested resource not found");

export const noSuchTableNamed = (name: string): ServiceError =>
  new ServiceError("ResourceNotFoundException", 400, `Requested resource not found: Table: ${name} not found`);

export const noSuchArn = (arn: string): ServiceError =>
  new ServiceError("ResourceNotFoundException", 400, `Requested resource not found: ResourcArn: ${arn} not found`);

export const noSuchStream = (arn: string): ServiceError =>
  new ServiceError("ResourceNotFoundException", 400, `Requested resource not found: Stream: ${arn} not found`);

export const noSuchShard = (shard: string, arn: string): ServiceError =>
  new ServiceError(
    "ResourceNotFoundException",
    400,
    `Requested resource not found: Shard: ${shard} in Stream: ${arn} not found`,
  );

export const expiredIterator = (made: number, now: number, lifeMs: number): ServiceError =>
  new ServiceError(
    "ExpiredIteratorException",
    400,
    `Iterator expired. The iterator was created at time ${new Date(made).toUTCString()} while right now it is ${new Date(now).toUTCString()} which is further in the future than the tolerated delay of ${lifeMs} milliseconds.`,
  );

export const trimmedData = (): ServiceError =>
  new ServiceError(
    "TrimmedDataAccessException",
    400,
    "The operation attempted to read past the oldest stream record in a shard.",
  );

export const tableExists = (name: string): ServiceError =>
  new ServiceError("ResourceInUseException", 400, `Table already exists: ${name}`);

export const inUse = (message: string): ServiceError => new ServiceError("ResourceInUseException", 400, message);

export const limitExceeded = (message: string): ServiceError =>
  new ServiceError("LimitExceededException", 400, message);

export const conditionFailed = (item?: unknown): ServiceError =>
  new ServiceError(
    "ConditionalCheckFailedException",
    400,
    "The conditional request failed",
    item === undefined ? {} : { Item: item },
  );

export interface CancellationReason {
  Code: string;
  Message?: string;
  Item?: unknown;
}

export const transactionCancelled = (reasons: CancellationReason[]): ServiceError =>
  new ServiceError(
    "TransactionCanceledException",
    400,
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(", ")}]`,
    {
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(", ")}]`,
      CancellationReasons: reasons,
    },
  );

export const tokenReused = (): ServiceError => new ServiceError("IdempotentParameterMismatchException", 400, "");
