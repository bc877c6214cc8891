/** The table of this room's faults: what can go wrong between a cloud and its stacks, and whose move it is. */
import { exitCodes, Fault } from "../../blueprints/fault.ts";

export const faults = {
  locked: (stack: string, holder: string, cause?: unknown) =>
    new Fault({
      code: "stack-locked",
      summary: "Another operation is under way",
      detail: `The stack ${stack} is held: ${holder}`,
      next: "freehold attach",
      exitCode: exitCodes.locked,
      cause,
    }),
  credentials: (detail: string, cause?: unknown) =>
    new Fault({
      code: "credentials",
      summary: "The cloud does not accept these credentials",
      detail,
      next: "aws sts get-caller-identity",
      exitCode: exitCodes.credentials,
      cause,
    }),
  unreachable: (endpoint: string, cause?: unknown) =>
    new Fault({
      code: "cloud-unreachable",
      summary: "The cloud does not answer",
      detail: `Nothing answers at ${endpoint}.`,
      next: "freehold cloud status",
      cause,
    }),
  deployment: (stack: string, detail: string, at: string | undefined, next: string, cause?: unknown) =>
    new Fault({
      code: "deployment-failed",
      summary: "The deployment stopped half way",
      detail: `${detail}\nWhat was made stays, and is recorded; the same command goes on from there (stack ${stack}).`,
      at,
      next,
      cause,
    }),
  interrupted: (stack: string) =>
    new Fault({
      code: "interrupted",
      summary: "Interrupted",
      detail: `What was in flight is finished and recorded (stack ${stack}); the same command goes on from there.`,
      exitCode: exitCodes.interrupted,
    }),
  cloudInUse: (apps: string[]) =>
    new Fault({
      code: "cloud-in-use",
      summary: "Apps are still installed in this cloud",
      detail: `${apps.join(", ")} would lose their sign-in.`,
      next: `freehold destroy ${apps.join(" ")}`,
      exitCode: exitCodes.usage,
    }),
  noFoundation: (cloud: string) =>
    new Fault({
      code: "no-foundation",
      summary: "This cloud is not set up",
      detail: `The cloud ${cloud} has no foundation.`,
      next: `freehold setup --name ${cloud}`,
      exitCode: exitCodes.notFound,
    }),
  noStack: (name: string) =>
    new Fault({
      code: "stack-not-found",
      summary: "There is no such stack",
      detail: `Nothing called ${name} is in this cloud.`,
      next: "freehold ls",
      exitCode: exitCodes.notFound,
    }),
  settingMissing: (app: string, settings: string[]) =>
    new Fault({
      code: "setting-missing",
      summary: "A setting has to be given first",
      detail: `${app} needs ${settings.join(", ")}.`,
      next: `freehold up ${app} --settings ${settings[0]}=VALUE`,
      exitCode: exitCodes.answerNeeded,
    }),
  settingWrong: (setting: string, why: string) =>
    new Fault({
      code: "setting-wrong",
      summary: "A setting's value does not fit",
      detail: `${setting} ${why}.`,
      exitCode: exitCodes.usage,
    }),
  badName: (name: string, why: string) =>
    new Fault({
      code: "name-invalid",
      summary: "This name cannot be used",
      detail: `${name}: ${why}.`,
      exitCode: exitCodes.usage,
    }),
};

const credentialCodes =
  /ExpiredToken|InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient|SignatureDoesNotMatch|CredentialsProviderError|Could not load credentials|AccessDenied|not authorized to perform|UnauthorizedOperation|MissingAuthenticationToken|AuthFailure/;

/** Whether an AWS failure, by name or text, is about who asks. */
export function isCredentialFailure(text: string): boolean {
  return credentialCodes.test(text);
}

/** A failed call of the SDK as a fault; faults pass as they are. */
export function asFault(error: unknown, endpoint: string | undefined): Fault {
  if (error instanceof Fault) return error;
  const { name = "", message = "", code = "" } = error as { name?: string; message?: string; code?: string };
  if (isCredentialFailure(`${name} ${message}`)) return faults.credentials(`AWS says: ${name}: ${message}`, error);
  if (["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "ETIMEDOUT"].includes(code))
    return faults.unreachable(endpoint ?? "AWS", error);
  return new Fault({
    code: "aws-failed",
    summary: "A call to the cloud failed",
    detail: `${name}: ${message}`,
    cause: error,
  });
}
