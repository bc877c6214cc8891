/** The table of this room's faults: what a person can get wrong, or meet, before and around an operation. */
import type { Consent, ConsentReason, Finding, Reach } from "../blueprints/card.ts";
import { exitCodes, Fault } from "../blueprints/fault.ts";

const { usage, notFound, answerNeeded, locked } = exitCodes;
const hint = (near: string | undefined): string => (near ? ` Did you mean ${near}?` : "");

const consentReasons: Record<ConsentReason, string> = {
  outside: "it does not come with Freehold",
  "wider-reach": "it reaches further than what is installed",
  "owner-changed": "it comes from somebody else than what is installed",
  finding: "a rule asks",
};
const reachWords = ({ who, may, what }: Reach): string => `${who} ${may} ${what}`;

const secretWords = (app: string, [secret]: readonly string[]): string =>
  secret === undefined ? "" : ` ${secret} is secret, and is set first: freehold secret set ${app} ${secret} < FILE`;

export const faults = {
  unknownCommand: (word: string, near: string | undefined) =>
    new Fault({
      code: "command-unknown",
      summary: "There is no such command",
      detail: `freehold has no command ${word}.${hint(near)}`,
      next: near ? `freehold ${near} --help` : "freehold --help",
      exitCode: usage,
    }),
  unknownFlag: (command: string, flag: string, near: string | undefined) =>
    new Fault({
      code: "flag-unknown",
      summary: "There is no such flag",
      detail: `freehold ${command} has no flag ${flag}.${hint(near)}`,
      next: `freehold ${command} --help`,
      exitCode: usage,
    }),
  badFlag: (command: string, flag: string, why: string) =>
    new Fault({
      code: "flag-invalid",
      summary: "A flag's value does not fit",
      detail: `${flag} ${why}.`,
      next: `freehold ${command} --help`,
      exitCode: usage,
    }),
  arguments: (command: string, why: string) =>
    new Fault({
      code: "arguments-invalid",
      summary: "The arguments do not fit",
      detail: why,
      next: `freehold ${command} --help`,
      exitCode: usage,
    }),
  noCommandLine: (command: string, usage: string) =>
    new Fault({
      code: "arguments-invalid",
      summary: "The arguments do not fit",
      detail: `The command to run stands after --: freehold ${command} ${usage}`,
      next: `freehold ${command} --help`,
      exitCode: exitCodes.usage,
    }),
  commandMissing: (command: string, code: "ENOENT" | "EACCES") =>
    new Fault({
      code: "command-missing",
      summary: "The command cannot be started",
      detail: `${command} ${code === "ENOENT" ? "is not on PATH" : "may not be executed"}. It is started without a shell, so a shell's own words need one: sh -c "...".`,
      exitCode: notFound,
    }),
  answer: (what: string, next: string) =>
    new Fault({
      code: "answer-needed",
      summary: "An answer is needed",
      detail: what,
      next,
      exitCode: answerNeeded,
    }),
  declined: () =>
    new Fault({ code: "declined", summary: "Nothing was changed", detail: "The question was not answered with yes." }),
  folderUnusable: (dir: string, cause: unknown) =>
    new Fault({
      code: "folder-unusable",
      summary: "A folder of Freehold's cannot be used",
      detail: `${dir}: ${(cause as Error).message}.`,
      at: dir,
      next: "FREEHOLD_HOME=FOLDER freehold ls",
      cause,
    }),
  engineInTheWay: (file: string) =>
    new Fault({
      code: "engine-in-the-way",
      summary: "Another program has the name already",
      detail: `${file} was not written by Freehold, and is left as it is.`,
      at: file,
      next: "freehold engine install ANOTHER-FOLDER",
      exitCode: usage,
    }),
  engineNeedsUnix: () =>
    new Fault({
      code: "engine-unsupported",
      summary: "The engine is no executable on Windows",
      detail: "It is written as a shell script, which Windows does not start.",
      exitCode: usage,
    }),
  noData: (what: string) =>
    new Fault({
      code: "data-nothing",
      summary: "There is no data of this",
      detail: `${what} has no table and no bucket.`,
      next: "freehold ls",
      exitCode: notFound,
    }),
  fileBroken: (file: string, why: string, cause?: unknown) =>
    new Fault({
      code: "file-broken",
      summary: "A file of Freehold's cannot be read",
      detail: `${file}: ${why}`,
      at: file,
      exitCode: usage,
      cause,
    }),
  copyDiffers: (digest: string) =>
    new Fault({
      code: "copy-differs",
      summary: "A blueprint's copy is not what was installed",
      detail: `What the cloud keeps as ${digest} has another digest. Nothing of it is used.`,
      next: "freehold up REF --as APP",
    }),
  folderChanged: (dir: string) =>
    new Fault({
      code: "folder-changed",
      summary: "The folder changed while it was read",
      detail: `${dir} is not what it was a moment ago. Nothing was changed.`,
      at: dir,
    }),
  consentNeeded: (app: string, { digest, reasons, added }: Consent, next: string) =>
    new Fault({
      code: "consent-needed",
      summary: "Somebody has to say yes first",
      detail: `${app}: ${reasons.map((reason) => consentReasons[reason]).join("; ")}. ${added.length > 0 ? `New reach: ${added.map(reachWords).join(", ")}. ` : ""}Nothing was changed. --yes does not answer this; the digest of what was shown does: ${digest}`,
      next,
      exitCode: answerNeeded,
    }),
  consentDiffers: (app: string, given: string, next: string) =>
    new Fault({
      code: "consent-differs",
      summary: "What was accepted is not what would be done",
      detail: `--accept says ${given}; ${app} is something else by now, or was asked for differently. Nothing was changed. What would be done is shown above.`,
      next,
      exitCode: answerNeeded,
    }),
  planRefused: (app: string, findings: readonly Finding[]) =>
    new Fault({
      code: "plan-refused",
      summary: "The app would do what no app may",
      detail: `${app}: ${findings.map(({ rule, message }) => `${message} (${rule})`).join(" ")} Nothing was changed.`,
      exitCode: usage,
    }),
  nothingBefore: (app: string, to: string | undefined, known: readonly string[]) =>
    new Fault({
      code: "version-unknown",
      summary: "There is no such version to go back to",
      detail: `${app} ${to === undefined ? "has run here as no other version" : `has not run here as ${to}`}.${known.length > 0 ? ` These have: ${known.join(", ")}.` : ""}`,
      next: `freehold history ${app}`,
      exitCode: notFound,
    }),
  nothingToUndo: (app: string) =>
    new Fault({
      code: "nothing-to-undo",
      summary: "There is nothing to undo",
      detail: `No earlier change of ${app} is recorded.`,
      next: `freehold history ${app}`,
      exitCode: notFound,
    }),
  versionGone: (app: string, version: string) =>
    new Fault({
      code: "version-gone",
      summary: "The files of this version are not here any more",
      detail: `No copy of ${app} ${version} is kept in this cloud. What is installed goes on.`,
      next: `freehold history ${app}`,
      exitCode: notFound,
    }),
  versionNotThere: (app: string, wanted: string, found: string) =>
    new Fault({
      code: "version-not-there",
      summary: "There is no such version where the app is from",
      detail: `${app} ${wanted} is not there; ${found} is. Nothing was changed.`,
      next: `freehold rollback ${app} --to ${wanted}`,
      exitCode: notFound,
    }),
  folderUpgrade: (app: string, dir: string) =>
    new Fault({
      code: "upgrade-folder",
      summary: "A folder has no newer version",
      detail: `${app} is from ${dir}, which is read again by up.`,
      next: `freehold up ${app}`,
      exitCode: usage,
    }),
  secretTyped: (app: string, name: string) =>
    new Fault({
      code: "secret-typed",
      summary: "A secret is not for the command line",
      detail: `${name} is secret: the shell's history would keep it, and other processes see it. Nothing was changed.`,
      next: `freehold secret set ${app} ${name}`,
      exitCode: usage,
    }),
  digestDiffers: (expected: string, found: string) =>
    new Fault({
      code: "digest-differs",
      summary: "This is not what was expected",
      detail: `--expect says ${expected}; the folder has ${found}. Nothing was changed.`,
      exitCode: usage,
    }),
  noCloud: () =>
    new Fault({
      code: "cloud-missing",
      summary: "There is no cloud yet",
      detail: "Nothing has been set up in this home.",
      next: "freehold setup",
      exitCode: notFound,
    }),
  unknownCloud: (name: string, near: string | undefined) =>
    new Fault({
      code: "cloud-unknown",
      summary: "There is no such cloud",
      detail: `No cloud is called ${name}.${hint(near)}`,
      next: "freehold cloud ls",
      exitCode: notFound,
    }),
  badCloudName: (name: string) =>
    new Fault({
      code: "cloud-name-invalid",
      summary: "This name cannot be a cloud's",
      detail: `${name}: a cloud's name has 2 to 24 of a-z, 0-9 and single hyphens, and begins with a letter.`,
      exitCode: usage,
    }),
  cloudDiffers: (name: string, what: string) =>
    new Fault({
      code: "cloud-differs",
      summary: "A cloud of this name is there already, and it is another",
      detail: `${name} has ${what}. What is in a cloud stays where it is, so this cannot change.`,
      next: "freehold setup --name OTHER",
      exitCode: usage,
    }),
  wrongAccount: (name: string, recorded: string, found: string) =>
    new Fault({
      code: "account-differs",
      summary: "These credentials belong to another account",
      detail: `The cloud ${name} is in account ${recorded}; the credentials are of ${found}.`,
      next: "aws sts get-caller-identity",
      exitCode: exitCodes.credentials,
    }),
  unknownWay: (what: string, near: string | undefined) =>
    new Fault({
      code: "way-unknown",
      summary: "There is no such way of signing in to AWS",
      detail: `Nothing on this computer gives ${what}.${hint(near)}`,
      next: near ? `freehold setup --target aws --profile ${near}` : "aws configure list-profiles",
      exitCode: usage,
    }),
  noWay: () =>
    new Fault({
      code: "no-way",
      summary: "There is no way of signing in to AWS here",
      detail:
        "Looked for keys in the environment, profiles, IAM Identity Center, aws login, web identity, and the roles of containers and instances.",
      next: "aws login",
      exitCode: exitCodes.credentials,
    }),
  whichWay: (flags: readonly string[], next: string) =>
    new Fault({
      code: "sign-in-needed",
      summary: "An answer is needed",
      detail: `There are several ways of signing in to AWS here, and none was named: ${flags.join(", ")}.`,
      next,
      exitCode: answerNeeded,
    }),
  wayLate: (seconds: number) =>
    new Fault({
      code: "way-late",
      summary: "AWS did not answer in time",
      detail: `AWS did not say within ${seconds} s whose this is.`,
      exitCode: exitCodes.credentials,
    }),
  wayUnusable: (says: string, next: string) =>
    new Fault({
      code: "sign-in-unusable",
      summary: "This way of signing in cannot be used as it is",
      detail: says,
      next,
      exitCode: exitCodes.credentials,
    }),
  secondFactor: (profile: string) =>
    new Fault({
      code: "second-factor-needed",
      summary: "A code of a second factor is needed",
      detail: `The profile ${profile} wants one with every use. A command that is typed on a terminal asks for it; elsewhere the keys of a session serve, in the environment and with setup --sign-in environment.`,
      next: `aws configure export-credentials --profile ${profile} --format env`,
      exitCode: exitCodes.credentials,
    }),
  whichRegion: (why: string, next: string) =>
    new Fault({ code: "region-needed", summary: "An answer is needed", detail: why, next, exitCode: answerNeeded }),
  agreement: (next: string) =>
    new Fault({
      code: "agreement-needed",
      summary: "An answer is needed",
      detail: "Nothing was changed yet. What setup would do is shown above; --yes agrees to it.",
      next,
      exitCode: answerNeeded,
    }),
  notInAws: (name: string) =>
    new Fault({
      code: "cloud-not-aws",
      summary: "This cloud is not in AWS",
      detail: `${name} is on this computer. Accounts for others are paid for by the account of a cloud in AWS.`,
      next: "freehold accounts ls --cloud NAME",
      exitCode: usage,
    }),
  accountNotHere: (name: string, email: string) =>
    new Fault({
      code: "account-not-here",
      summary: "This computer does not know the cloud in that account",
      detail: `There is a cloud in ${name}, and its data is exported before the account is closed. The next line finds it. Nothing was closed.`,
      next: `freehold accounts new ${name} --email ${email}`,
      exitCode: notFound,
    }),
  folderInTheWay: (dir: string, next: string) =>
    new Fault({
      code: "folder-in-the-way",
      summary: "The export needs a new folder",
      detail: `${dir} is there already, and is left as it is. Nothing was closed.`,
      at: dir,
      next,
      exitCode: usage,
    }),
  notLocal: (name: string) =>
    new Fault({
      code: "cloud-not-local",
      summary: "This cloud has no process here",
      detail: `${name} is in AWS: there is nothing on this computer to start, stop or reset.`,
      exitCode: usage,
    }),
  portTaken: (port: number, holder: string, cloud: string, free: number) =>
    new Fault({
      code: "port-taken",
      summary: "The local cloud's port is taken",
      detail: `Port ${port} of 127.0.0.1 is held by ${holder}. The addresses of the apps in ${cloud} have this port in them, so it does not move by itself.`,
      next: `freehold cloud start --port ${free}`,
    }),
  noSandbox: (ref: string, why: string) =>
    new Fault({
      code: "no-sandbox",
      summary: "Nothing would hold this app back",
      detail: `${ref} is not of this computer, and no sandbox can be had here (${why}): its functions could read your files and every app.`,
      next: `freehold up ${ref} --unsandboxed`,
    }),
  localCloudFailed: (name: string, why: string, log: string) =>
    new Fault({
      code: "local-cloud-failed",
      summary: "The local cloud did not start",
      detail: `${name}: ${why}`,
      at: log,
      next: "freehold cloud start",
    }),
  unknownApp: (name: string, near: string | undefined) =>
    new Fault({
      code: "app-unknown",
      summary: "There is no such app",
      detail: `Nothing installed in this cloud is called ${name}.${hint(near)}`,
      next: "freehold ls",
      exitCode: notFound,
    }),
  nameTaken: (name: string, blueprint: string) =>
    new Fault({
      code: "name-taken",
      summary: "Another app has this name",
      detail: `${name} is installed, and is a ${blueprint}.`,
      next: "freehold up REF --as OTHER",
      exitCode: usage,
    }),
  settingMissing: (app: string, missing: string[], secrets: string[], next: string) =>
    new Fault({
      code: "setting-missing",
      summary: "A setting has to be given first",
      detail: `${app} needs ${[...missing, ...secrets].join(", ")}. Nothing was changed.${secretWords(app, secrets)}`,
      next,
      exitCode: answerNeeded,
    }),
  secretMissing: (app: string, missing: string[]) =>
    new Fault({
      code: "secret-missing",
      summary: "A secret has to be set first",
      detail: `${app} needs ${missing.join(", ")}. Nothing was changed.`,
      next: `freehold secret set ${app} ${missing[0]} < FILE`,
      exitCode: answerNeeded,
    }),
  settingWrong: (name: string, why: string) =>
    new Fault({
      code: "setting-wrong",
      summary: "A setting's value does not fit",
      detail: `${name} ${why}.`,
      exitCode: usage,
    }),
  held: (what: string, holder: { pid: number; since: string; id: string }) =>
    new Fault({
      code: "locked",
      summary: "Another operation is under way",
      detail: `${what} is held by operation ${holder.id}, process ${holder.pid}, since ${holder.since}.`,
      next: `freehold attach ${holder.id}`,
      exitCode: locked,
    }),
  unknownOperation: (id: string) =>
    new Fault({
      code: "operation-unknown",
      summary: "There is no such operation",
      detail: `No operation ${id} is recorded.`,
      exitCode: notFound,
    }),
  noOperation: () =>
    new Fault({
      code: "operation-unknown",
      summary: "There is no operation to watch",
      detail: "Nothing has been done in this home yet.",
      exitCode: notFound,
    }),
  workerDied: (id: string, log: string, retry: string) =>
    new Fault({
      code: "worker-died",
      summary: "The operation's process ended before it was done",
      detail: `Operation ${id} has no result. What was made is recorded; the same command goes on from there.`,
      at: log,
      next: retry,
    }),
  unknownSecret: (app: string, name: string, near: string | undefined) =>
    new Fault({
      code: "secret-unknown",
      summary: "There is no such secret",
      detail: `${app} has no secret ${name} set.${hint(near)}`,
      next: `freehold secret ls ${app}`,
      exitCode: notFound,
    }),
  notConnected: (app: string) =>
    new Fault({
      code: "app-not-running",
      summary: "The app is not up",
      detail: `${app} was not brought up completely.`,
      next: `freehold up ${app}`,
      exitCode: notFound,
    }),
  pathUnknown: (path: string, near: string | undefined, next: string) =>
    new Fault({
      code: "path-unknown",
      summary: "There is no such file in the blueprint",
      detail: `${path} is not one of its files.${near ? ` Did you mean ${near}?` : ""}`,
      at: path,
      next,
      exitCode: notFound,
    }),
  nothingToCompare: (detail: string, next: string) =>
    new Fault({
      code: "nothing-to-compare",
      summary: "There is nothing to compare it with",
      detail,
      next,
      exitCode: notFound,
    }),
};

/** Whatever was thrown, as what a person reads; what is not a fault is a bug, noted in `log`. */
export function toFault(error: unknown, log: string): Fault {
  if (error instanceof Fault) return error;
  const { code, message, name } = error as NodeJS.ErrnoException;
  // A wait that Ctrl-C ended.
  if (name === "AbortError")
    return new Fault({
      code: "interrupted",
      summary: "Interrupted",
      detail: "What was in flight is finished and recorded; the same command goes on from there.",
      exitCode: exitCodes.interrupted,
      cause: error,
    });
  if (code === "ENOSPC")
    return new Fault({ code: "disk-full", summary: "The disk is full", detail: `${message}.`, cause: error });
  if (code === "EACCES" || code === "EROFS" || code === "EPERM")
    return new Fault({
      code: "folder-unusable",
      summary: "A file cannot be written",
      detail: `${message}.`,
      cause: error,
    });
  return new Fault({
    code: "bug",
    summary: "This is a bug in Freehold",
    detail: `${message ?? String(error)}\nThe note with the details is ${log}`,
    at: log,
    cause: error,
  });
}
