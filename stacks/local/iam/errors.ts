/** IAM's errors, with AWS's texts. */
import { ServiceError } from "../service.ts";

export const errors = {
  /** `what`: `role`, `user policy`, … */
  noSuch: (what: string, name: string) =>
    new ServiceError("NoSuchEntity", 404, `The ${what} with name ${name} cannot be found.`),
  noSuchKey: (id: string) => new ServiceError("NoSuchEntity", 404, `The Access Key with id ${id} cannot be found.`),
  strangeKey: (who: string, id: string) =>
    new ServiceError(
      "AccessDenied",
      403,
      `User: ${who} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${id}`,
    ),
  noProvider: (arn: string) => new ServiceError("NoSuchEntity", 404, `OpenId connect Provider ${arn} cannot be found.`),
  noSuchProvider: (arn: string) =>
    new ServiceError("NoSuchEntity", 404, `OpenIDConnect Provider not found for arn ${arn}`),
  noSuchTask: (id: string) => new ServiceError("NoSuchEntity", 404, `The deletion task ${id} cannot be found.`),
  noSuchScope: (arn: string) =>
    new ServiceError("NoSuchEntity", 404, `Scope ARN: ${arn} does not exist or is not attachable.`),
  noSuchPolicy: (arn: string) => new ServiceError("NoSuchEntity", 404, `Policy ${arn} was not found.`),
  notAttachable: (arn: string) =>
    new ServiceError("NoSuchEntity", 404, `Policy ${arn} does not exist or is not attachable.`),
  notAttached: (arn: string) => new ServiceError("NoSuchEntity", 404, `Policy ${arn} was not found.`),
  noSuchVersion: (arn: string, version: string) =>
    new ServiceError("NoSuchEntity", 404, `Policy ${arn} version ${version} does not exist or is not attachable.`),
  exists: (kind: "User" | "Group" | "Role", name: string) =>
    new ServiceError("EntityAlreadyExists", 409, `${kind} with name ${name} already exists.`),
  providerExists: (url: string) =>
    new ServiceError("EntityAlreadyExists", 409, `Provider with url ${url} already exists.`),
  serviceRoleTaken: (name: string) =>
    new ServiceError(
      "InvalidInput",
      400,
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    ),
  protectedRole: (name: string) =>
    new ServiceError(
      "UnmodifiableEntity",
      400,
      `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
    ),
  policyExists: (name: string) =>
    new ServiceError(
      "EntityAlreadyExists",
      409,
      `A policy called ${name} already exists. Duplicate names are not allowed.`,
    ),
  hasGroups: () => new ServiceError("DeleteConflict", 409, "Cannot delete entity, must remove users from group first."),
  hasAccessKeys: () => new ServiceError("DeleteConflict", 409, "Cannot delete entity, must delete access keys first."),
  hasPolicies: () => new ServiceError("DeleteConflict", 409, "Cannot delete entity, must delete policies first."),
  hasAttachments: () =>
    new ServiceError("DeleteConflict", 409, "Cannot delete entity, must detach all policies first."),
  policyAttached: () => new ServiceError("DeleteConflict", 409, "Cannot delete a policy attached to entities."),
  hasVersions: () =>
    new ServiceError(
      "DeleteConflict",
      409,
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    ),
  defaultVersion: () => new ServiceError("DeleteConflict", 409, "Cannot delete the default version of a policy."),
  tooManyVersions: () =>
    new ServiceError(
      "LimitExceeded",
      409,
      "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    ),
  limit: (message: string) => new ServiceError("LimitExceeded", 409, message),
  malformed: (message: string) => new ServiceError("MalformedPolicyDocument", 400, message),
  invalid: (message: string) => new ServiceError("ValidationError", 400, message),
  invalidInput: (message: string) => new ServiceError("InvalidInput", 400, message),
  unmodifiable: (message: string) => new ServiceError("InvalidInput", 400, message),
};
