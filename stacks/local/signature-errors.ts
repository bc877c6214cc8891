/** What is wrong with a signature, in the words of the service that was called: each family of protocols has its own. */
import { ServiceError } from "./service.ts";

type Said = [code: string, status: number, message?: string];

const invalidToken = "The security token included in the request is invalid.";

const jsonWords: Record<string, Said> = {
  MissingAuthenticationToken: ["MissingAuthenticationTokenException", 400],
  InvalidAccessKeyId: ["UnrecognizedClientException", 400, invalidToken],
  InvalidToken: ["UnrecognizedClientException", 400, invalidToken],
  SignatureDoesNotMatch: ["InvalidSignatureException", 400],
  HeadersNotSigned: ["InvalidSignatureException", 400],
  RequestTimeTooSkewed: [
    "InvalidSignatureException",
    400,
    "Signature expired: the difference between the request time and the current time is too large.",
  ],
  ExpiredPresign: ["InvalidSignatureException", 400],
  ExpiredToken: ["ExpiredTokenException", 400, "The security token included in the request is expired"],
};

const queryWords: Record<string, Said> = {
  InvalidAccessKeyId: ["InvalidClientTokenId", 403, invalidToken],
  InvalidToken: ["InvalidClientTokenId", 403, invalidToken],
  RequestTimeTooSkewed: [
    "SignatureDoesNotMatch",
    403,
    "Signature expired: the difference between the request time and the current time is too large.",
  ],
  ExpiredPresign: ["SignatureDoesNotMatch", 403],
  HeadersNotSigned: ["SignatureDoesNotMatch", 403],
  ExpiredToken: ["ExpiredToken", 403, "The security token included in the request is expired"],
  IncompleteSignatureException: ["IncompleteSignature", 400],
};

const s3Words: Record<string, Said> = {
  ExpiredPresign: ["AccessDenied", 403],
  HeadersNotSigned: ["AccessDenied", 403],
  IncompleteSignatureException: ["AuthorizationHeaderMalformed", 400, "The authorization header is malformed."],
};

const words: Record<string, Record<string, Said>> = { s3: s3Words, iam: queryWords, sts: queryWords };

/** Errors that are not about signatures pass as they are. */
export function inServiceWords(error: ServiceError, service: string): ServiceError {
  const said = (words[service] ?? jsonWords)[error.code];
  if (!said) return error;
  const [code, status, message] = said;
  // Lambda's REST front answers 403 where the JSON protocols answer 400.
  return new ServiceError(
    code,
    service === "lambda" ? 403 : status,
    message ?? error.message,
    service === "s3" ? error.fields : {},
  );
}
