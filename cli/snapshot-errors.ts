/** The faults of snapshots: of the file, and of what it needs where it is brought up. Each of them changed nothing. */
import { exitCodes, Fault } from "../blueprints/fault.ts";
import { quoted, spelled } from "../blueprints/seen.ts";
import { shellWord } from "./ui/shell-word.ts";

const { usage, notFound, answerNeeded } = exitCodes;
const broken = (at: string, detail: string, cause?: unknown) =>
  new Fault({
    code: "snapshot-broken",
    summary: "The snapshot cannot be read",
    detail: `${at}: ${detail} Nothing was changed.`,
    at,
    next: "freehold snapshot apply ANOTHER",
    exitCode: usage,
    cause,
  });

export const snapshotFaults = {
  missing: (at: string, cause?: unknown) =>
    new Fault({
      code: "snapshot-missing",
      summary: "There is no such snapshot",
      detail: `${at} cannot be read.`,
      at,
      next: "freehold snapshot apply FILE",
      exitCode: notFound,
      cause,
    }),
  notJson: (at: string, cause: unknown) => broken(at, "it is no whole JSON, so it was cut off or damaged.", cause),
  notOne: (at: string) => broken(at, 'it does not begin with "format": "freehold-snapshot/1".'),
  tooBig: (at: string) => broken(at, "it is larger than any snapshot."),
  changed: (at: string) =>
    broken(
      at,
      "it is not what was written: its checksum is another. If you changed it yourself, take out its line checksum.",
    ),
  noData: (at: string, cause?: unknown) =>
    broken(at, "it has data beside it, and that is not there, or not whole.", cause),
  otherData: (at: string) => broken(at, "the data beside it is not what was written with it: its digest is another."),
  code: (what: string, cause: unknown) =>
    broken(what, "what it is made of is not what its digest says, so it is damaged.", cause),
  newer: (at: string, version: string) =>
    new Fault({
      code: "snapshot-newer",
      summary: "A newer Freehold wrote this snapshot",
      detail: `${at} has format ${version}, and this Freehold reads format 1. Nothing was changed.`,
      at,
      next: "npm install -g freehold",
      exitCode: usage,
    }),
  unknown: (at: string, what: readonly string[]) =>
    new Fault({
      code: "snapshot-unknown",
      summary: "The snapshot says something that is not known",
      detail: `${at}:\n${what.map((one) => spelled(one)).join("\n")}\nNothing was changed.`,
      at,
      exitCode: usage,
    }),
  other: (at: string) =>
    new Fault({
      code: "snapshot-other",
      summary: "This is not the snapshot that was agreed to",
      detail: `${at} has another digest than the one that was said. Nothing was changed.`,
      at,
      next: `freehold snapshot apply ${shellWord(at, "FILE")}`,
      exitCode: usage,
    }),
  unagreed: (at: string, digest: string, next: string) =>
    new Fault({
      code: "snapshot-unagreed",
      summary: "Somebody has to agree to the whole of it",
      detail: `What it would bring up is said above. Nothing was changed. Its digest is ${digest}.`,
      at,
      next,
      exitCode: answerNeeded,
    }),
  /** `commands`: how each secret is set. */
  secrets: (missing: readonly { app: string; secret: string }[]) =>
    new Fault({
      code: "snapshot-secrets",
      summary: "Secrets are needed, and a snapshot has none",
      detail: `No app was changed. They are set first, each from a file or another command:\n${missing.map(({ app, secret }) => `freehold secret set ${app} ${secret} < FILE`).join("\n")}`,
      next: `freehold secret set ${missing[0]!.app} ${missing[0]!.secret} < FILE`,
      exitCode: answerNeeded,
    }),
  noCode: (app: string, ref: string, digest: string) =>
    new Fault({
      code: "snapshot-no-code",
      summary: "What an app is made of is not in the snapshot, and nowhere else",
      detail: `${app} was ${quoted(ref)} with digest ${digest}. What is found there now is something else.`,
      next: `freehold up ${shellWord(ref, "REF")} --as ${app}`,
      exitCode: notFound,
    }),
  badThing: (name: string, problems: readonly { key: string; why: string }[]) =>
    new Fault({
      code: "snapshot-unknown",
      summary: "The snapshot says something that is not known",
      detail: `things/${name}: ${problems.map(({ key, why }) => spelled(`${key} ${why}`)).join("; ")}. Nothing was changed.`,
      exitCode: usage,
    }),
  inAws: (name: string, region: string) =>
    new Fault({
      code: "cloud-missing",
      summary: "There is no cloud yet",
      detail: "This snapshot is of a cloud in AWS, which is set up first; nothing else of it was done.",
      next: `freehold setup --target aws --name ${name} --region ${shellWord(region, "REGION")} --no-home`,
      exitCode: notFound,
    }),
};
