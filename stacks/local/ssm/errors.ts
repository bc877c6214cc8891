/** The parameter store's errors, with AWS's texts. */
import { ServiceError } from "../service.ts";

const bad = (code: string, message: string): ServiceError => new ServiceError(code, 400, message);

export const errors = {
  notFound: () => bad("ParameterNotFound", ""),
  versionNotFound: (name: string, version: string) =>
    bad(
      "ParameterVersionNotFound",
      `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
    ),
  exists: () =>
    bad(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    ),
  reserved: (name: string) => bad("AccessDeniedException", `No access to reserved parameter name: ${name}.`),
  validation: (message: string) => bad("ValidationException", message),
  pattern: (name: string, pattern: string) =>
    bad(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${pattern} (parameter ${name})`,
    ),
  unsupported: (type: string) => bad("UnsupportedParameterType", `The parameter type ${type} is not supported.`),
  filter: (key: string) => bad("InvalidFilterKey", `The following filter key is not valid: ${key}`),
  token: () => bad("InvalidNextToken", "The specified token isn't valid."),
  resource: (id: string) =>
    bad("InvalidResourceId", `The resource ID "${id}" is not valid. Verify the ID and try again.`),
  limit: (message: string) => bad("TooManyTagsError", message),
  notHere: (feature: string) => bad("ValidationException", `${feature} is not supported by the local cloud.`),
};
