/** IAM's errors, with AWS's texts. */
import { ServiceError } from "../service.ts";

export const errors = {
  noSuchRole: (name: string) => new ServiceError("NoSuchEntity", 404, `The role with name ${name} cannot be found.`),
  noSuchRolePolicy: (name: string) =>
    new ServiceError("NoSuchEntity", 404, `The role policy with name ${name} cannot be found.`),
  noSuchPolicy: (arn: string) => new ServiceError("NoSuchEntity", 404, `Policy ${arn} was not found.`),
  notAttachable: (arn: string) =>
    new ServiceError("NoSuchEntity", 404, `Policy ${arn} does not exist or is not attachable.`),
  notAttached: (arn: string) => new ServiceError("NoSuchEntity", 404, `Policy ${arn} was not found.`),
  noSuchVersion: (arn: string, version: string) =>
    new ServiceError("NoSuchEntity", 404, `Policy ${arn} version ${version} does not exist or is not attachable.`),
  roleExists: (name: string) => new ServiceError("EntityAlreadyExists", 409, `Role with name ${name} already exists.`),
  policyExists: (name: string) =>
    new ServiceError(
      "EntityAlreadyExists",
      409,
      `A policy called ${name} already exists. Duplicate names are not allowed.`,
    ),
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
