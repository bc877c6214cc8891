/** The table of this room's faults: what can go wrong between a cloud and its stacks, and whose move it is. */
import { bug, exitCodes, Fault } from "../../blueprints/fault.ts";

/** What nobody but a person can do. */
export const askForCloudFront =
  "Open a case of account and billing support: https://console.aws.amazon.com/support/home#/case/create";

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
  expired: (detail: string, cause?: unknown) =>
    new Fault({
      code: "credentials-expired",
      summary: "The sign-in has run out",
      detail: `${detail}\nSign in again where they came from, then run the same command.`,
      next: "freehold doctor",
      exitCode: exitCodes.credentials,
      cause,
    }),
  otherAccount: (detail: string, cause?: unknown) =>
    new Fault({
      code: "account-differs",
      summary: "These credentials belong to another account",
      detail: `${detail}\nWhat was made before stays, and is recorded; with credentials of its own account the same command goes on.`,
      next: "aws sts get-caller-identity",
      exitCode: exitCodes.credentials,
      cause,
    }),
  denied: (detail: string, policy: string | undefined, cause?: unknown) =>
    new Fault({
      code: "denied",
      summary: "AWS does not allow this",
      detail: [detail, ...(policy ? [`A policy that would: ${policy}`] : [])].join("\n"),
      next: "freehold doctor",
      exitCode: exitCodes.credentials,
      cause,
    }),
  budgetDenied: (rights: readonly string[], says: string, next: string, cause: unknown) =>
    new Fault({
      code: "budget-denied",
      summary: "AWS lets these credentials have no budget",
      detail: `A budget needs ${rights.join(", ")}; and for everybody but the root user, that the root user has switched on IAM access to billing. Nothing was changed. AWS says: ${says}`,
      next,
      exitCode: exitCodes.credentials,
      cause,
    }),
  budgetForNobody: (cloud: string, perMonth: number) =>
    new Fault({
      code: "answer-needed",
      summary: "An answer is needed",
      detail: "Whom AWS is to mail about the budget. Nothing was changed.",
      next: `freehold setup --name ${cloud} --budget ${perMonth} --budget-email ADDRESS`,
      exitCode: exitCodes.answerNeeded,
    }),
  organizationDenies: (detail: string, cause?: unknown) =>
    new Fault({
      code: "organization-denies",
      summary: "A policy of the organization forbids this",
      detail: `${detail}\nOnly who administers the organization can allow it; another region may be open.`,
      next: "freehold doctor",
      exitCode: exitCodes.credentials,
      cause,
    }),
  cloudFrontUnverified: (detail: string, cause?: unknown) =>
    new Fault({
      code: "cloudfront-unverified",
      summary: "AWS has not verified this account for CloudFront yet",
      detail: `${detail}\nNew accounts have to ask for it once; AWS answers in a day or two. Apps work without CloudFront meanwhile, at their own addresses.`,
      next: askForCloudFront,
      exitCode: exitCodes.credentials,
      cause,
    }),
  planEnded: (detail: string, next: string | undefined) =>
    new Fault({
      code: "plan-ended",
      summary: "The account's free plan has ended",
      detail,
      next,
      exitCode: exitCodes.credentials,
    }),
  noAccessTable: (cloud: string) =>
    new Fault({
      code: "access-not-yet",
      summary: "This cloud does not know yet who may come in",
      detail: `The foundation of ${cloud} is not there, or is of an earlier Freehold. setup brings it up; apps and data stay as they are.`,
      next: `freehold setup --name ${cloud}`,
    }),
  rotateFailed: () =>
    new Fault({
      code: "rotate-failed",
      summary: "The sign-in function made no new key",
      detail: "The key that was in use goes on, and sessions with it. The function's own log says why.",
      next: "freehold sessions rotate",
    }),
  unknownRegion: (region: string, cause?: unknown) =>
    new Fault({
      code: "region-unknown",
      summary: "There is no such region",
      detail: `AWS has no region ${region}.`,
      next: "freehold setup --target aws --region eu-central-1",
      exitCode: exitCodes.usage,
      cause,
    }),
  /** `coming`: somebody has switched it on, and AWS is at it. */
  regionOff: (region: string, coming: boolean, cause?: unknown) =>
    new Fault({
      code: "region-off",
      summary: "This region is not switched on in the account",
      detail: coming
        ? `${region} is being switched on; AWS takes minutes for it, and sometimes hours.`
        : `The credentials are good, and ${region} does not know them: a region of this kind has to be enabled first.`,
      next: `aws account ${coming ? "get-region-opt-status" : "enable-region"} --region-name ${region}`,
      exitCode: exitCodes.credentials,
      cause,
    }),
  rootSetup: (arn: string) =>
    new Fault({
      code: "root-user",
      summary: "A cloud is not set up as AWS's root user",
      detail: `You are signed in as ${arn}. Nothing limits what root may do, and it can assume no role. Make a user of your own in IAM Identity Center, or a role, with the rights that docs/using/aws.md lists, and sign in as that.`,
      next: "aws login --profile freehold",
      exitCode: exitCodes.credentials,
    }),
  clockWrong: (aheadMs: number) =>
    new Fault({
      code: "clock-wrong",
      summary: "This computer's clock is wrong",
      detail: `It is ${Math.abs(Math.round(aheadMs / 60_000))} minutes ${aheadMs > 0 ? "ahead of" : "behind"} AWS's. Signatures and links of a few minutes would not be believed.`,
      next: "sudo timedatectl set-ntp true",
    }),
  rightsMissing: (who: string, actions: readonly string[], next: string) =>
    new Fault({
      code: "rights-missing",
      summary: "Rights are missing for this",
      detail: `${who} may not: ${actions.join(", ")}. Nothing was changed. docs/using/aws.md has a policy with all that is needed.`,
      next,
      exitCode: exitCodes.credentials,
    }),
  unreachable: (endpoint: string, cause?: unknown) =>
    new Fault({
      code: "cloud-unreachable",
      summary: "The cloud does not answer",
      detail: `Nothing answers at ${endpoint}.`,
      next: "freehold cloud status",
      cause,
    }),
  noSuchHost: (host: string, cause?: unknown) =>
    new Fault({
      code: "cloud-unreachable",
      summary: "The cloud does not answer",
      detail: `The name ${host} cannot be resolved: it is wrong, or there is no network.`,
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
  noSuchFunction: (app: string, name: string, known: string[]) =>
    new Fault({
      code: "function-unknown",
      summary: "The app has no function of this name",
      detail: `${app} has ${known.length === 0 ? "none" : known.join(", ")}; not ${name}.`,
      next: `freehold logs ${app}`,
      exitCode: exitCodes.notFound,
    }),
  badPattern: (pattern: string, why: string) =>
    new Fault({
      code: "filter-invalid",
      summary: "The filter is no pattern that CloudWatch Logs knows",
      detail: `${pattern}: ${why}`,
      next: "freehold logs --help",
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
  homeTaken: (bucket: string) =>
    new Fault({
      code: "home-taken",
      summary: "The bucket for this cloud's state is somebody else's",
      detail: `${bucket} is the name that follows from account, region and cloud, and another account has it. Nothing was written to it.`,
      next: "freehold setup --target aws --name OTHER",
      exitCode: exitCodes.credentials,
    }),
  homeBroken: (bucket: string, key: string) =>
    new Fault({
      code: "home-broken",
      summary: "The cloud's state bucket does not say what it is",
      detail: `${key} in ${bucket} cannot be read, is another cloud's, or was written by a newer Freehold. Nothing was changed; the bucket keeps earlier versions of it.`,
    }),
  homeMoving: (bucket: string) =>
    new Fault({
      code: "home-moving",
      summary: "Another computer is moving this cloud's state into the account",
      detail: `${bucket} is not complete yet. Run setup, or any operation, on that computer once more; then this one finds it.`,
      exitCode: exitCodes.locked,
    }),
  homeMissing: (cloud: string, bucket: string) =>
    new Fault({
      code: "home-missing",
      summary: "The cloud's state is not where it was",
      detail: `${bucket} is not complete, or is gone. What runs in the cloud ${cloud} was not touched.`,
      next: `freehold state repair --cloud ${cloud}`,
    }),
  homeElsewhere: (cloud: string, bucket: string) =>
    new Fault({
      code: "home-elsewhere",
      summary: "This account has state of a cloud of this name already",
      detail: `${bucket} was written by another computer, and this one has a state of its own for ${cloud}. Two states of one cloud cannot be made one; nothing was changed.`,
      next: `freehold state verify --cloud ${cloud}`,
      exitCode: exitCodes.usage,
    }),
  moveDiffers: (cloud: string, bucket: string) =>
    new Fault({
      code: "move-differs",
      summary: "The state's copy is not like the original",
      detail: `What arrived in ${bucket} differs from the folder on this computer, which stays the state of ${cloud}.`,
      next: `freehold setup --name ${cloud}`,
    }),
  stateBroken: (stack: string, why: string, cause?: unknown) =>
    new Fault({
      code: "state-broken",
      summary: "A stack's state cannot be used as it is",
      detail: `${stack}: ${why}`,
      next: "freehold state verify",
      cause,
    }),
  onlyLooking: () => bug("a rebuild was about to change something; it only looks"),
  stateLost: (stack: string) =>
    new Fault({
      code: "state-lost",
      summary: "The state of what is installed is gone",
      detail: `${stack} is installed, and nothing says what it is made of. Made anew, all of it would be made a second time, so nothing was done.`,
      next: `freehold state repair ${stack}`,
    }),
  deploymentUnreadable: (file: string, why: string) =>
    new Fault({
      code: "deployment-unreadable",
      summary: "This is no exported state",
      detail: `${file}: ${why}. Nothing was changed.`,
      at: file,
      exitCode: exitCodes.usage,
    }),
  deploymentRefused: (stack: string, why: string, cause?: unknown) =>
    new Fault({
      code: "deployment-refused",
      summary: "This state cannot be that stack's",
      detail: `${stack}: ${why.replace(/^error: /, "")}. Nothing was changed.`,
      exitCode: exitCodes.usage,
      cause,
    }),
  noFunction: (app: string) =>
    new Fault({
      code: "function-unknown",
      summary: "The app has no function",
      detail: `${app} has no function whose rights a command could have.`,
      next: `freehold show ${app}`,
      exitCode: exitCodes.notFound,
    }),
  unknownFunction: (app: string, name: string, near: string | undefined) =>
    new Fault({
      code: "function-unknown",
      summary: "There is no such function",
      detail: `${app} has no function ${name}.${near ? ` Did you mean ${near}?` : ""}`,
      next: `freehold exec ${app} --function NAME -- CMD`,
      exitCode: exitCodes.notFound,
    }),
  whichFunction: (app: string, nouns: readonly string[]) =>
    new Fault({
      code: "answer-needed",
      summary: "An answer is needed",
      detail: `Which function's rights the command is to have; ${app} has ${nouns.join(", ")}.`,
      next: `freehold exec ${app} --function ${nouns[0]} -- CMD`,
      exitCode: exitCodes.answerNeeded,
    }),
  execNotYet: (app: string) =>
    new Fault({
      code: "exec-not-yet",
      summary: "The app was brought up by an older Freehold",
      detail: `${app} has no role for commands yet; bringing it up makes one, and changes nothing else.`,
      next: `freehold up ${app}`,
      exitCode: exitCodes.notFound,
    }),
  rootUser: (arn: string) =>
    new Fault({
      code: "root-user",
      summary: "AWS's root user cannot run commands with an app's role",
      detail: `You are signed in as ${arn}, and AWS lets its root user assume no role. Sign in as a user or a role of the account, and bring the app up once as that: it is the owner then.`,
      next: "aws sts get-caller-identity",
      exitCode: exitCodes.credentials,
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
  /ExpiredToken|InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient|SignatureDoesNotMatch|CredentialsProviderError|Could not load credentials|UnauthorizedException: Session token|no AWS credentials were found|InvalidIdentityToken|IDPRejectedClaim|AccessDenied|not authorized to perform|UnauthorizedOperation|MissingAuthenticationToken|AuthFailure/;
const denial = /AccessDenied|not authorized to perform|UnauthorizedOperation|explicit deny/;
const stale = /ExpiredToken|RequestExpired|token included in the request is expired/;
/** A sign-in of AWS's tools that is over, in the words of the SDK, which has no codes for it, and of Identity Center. */
const signedOut =
  /UnauthorizedException: Session token|(CredentialsProviderError|no AWS credentials were found)[\s\S]*(expired|re-?authenticate|aws sso login|aws login|session token not found)/i;

/** As the provider says it, which looks before each call. */
const accountOfOthers = /credentials (have come to )?belong to AWS account \d{12}/;

/** An AWS failure about who asks, by its name and text, as what it is; undefined when it is about something else. */
export function credentialFault(detail: string, cause?: unknown): Fault | undefined {
  // First: what the state's bucket then refuses is refused for this.
  if (accountOfOthers.test(detail)) return faults.otherAccount(detail, cause);
  if (!credentialCodes.test(detail)) return undefined;
  if (signedOut.test(detail)) return faults.expired(detail, cause);
  if (unverified.test(detail)) return faults.cloudFrontUnverified(detail, cause);
  // Whose policy it is says whose move it is.
  if (byOrganization(detail)) return faults.organizationDenies(detail, cause);
  if (denial.test(detail)) return faults.denied(detail, policyFor(detail), cause);
  return stale.test(detail) ? faults.expired(detail, cause) : faults.credentials(detail, cause);
}

/** There is no call that would tell it before; CloudFront says it of the first distribution. */
const unverified = /account must be verified before you can add new CloudFront resources/;

/** "with an explicit deny in a service control policy", "because no service control policy allows the ... action". */
export const byOrganization = (said: string): boolean => /(service|resource) control policy/.test(said);

/** As AWS says it: `is not authorized to perform: ACTION on resource: ARN`. */
function policyFor(detail: string): string | undefined {
  const [, Action, Resource] =
    /not authorized to perform: ([\w-]+:\w+)(?: on resource: "?(arn:[^\s"]+))?/.exec(detail) ?? [];
  if (!Action || /explicit deny/.test(detail)) return undefined;
  return JSON.stringify({ Effect: "Allow", Action, Resource: Resource ?? "*" });
}

const noAnswer = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);
/** EAI_AGAIN: no name server answered, as without a network. */
const noSuchHost = new Set(["ENOTFOUND", "EAI_AGAIN"]);
const hostIn = (error: unknown): string | undefined => (error as { hostname?: string }).hostname;

/** Whether AWS said it, or what looks for credentials, or for a connection. */
export function isOfAws(error: unknown): boolean {
  const { name = "", code } = error as { name?: string; code?: string };
  return error instanceof Error && ("$metadata" in error || /Credentials/.test(name) || code !== undefined);
}

/** A failed call of the SDK as a fault; faults pass as they are. */
export function asFault(error: unknown, endpoint: string | undefined): Fault {
  if (error instanceof Fault) return error;
  const { name = "", message = "", code = "" } = error as { name?: string; message?: string; code?: string };
  const ofWho = credentialFault(`AWS says: ${name}: ${message}`, error);
  if (ofWho) return ofWho;
  if (noSuchHost.has(code)) return faults.noSuchHost(hostIn(error) ?? endpoint ?? "AWS", error);
  if (noAnswer.has(code) || name === "TimeoutError") return faults.unreachable(endpoint ?? "AWS", error);
  return new Fault({
    code: "aws-failed",
    summary: "A call to the cloud failed",
    detail: `${name}: ${message}`,
    cause: error,
  });
}
