/** The faults of things: what is wrong with what was said of one, and what is in the way of it. Bad input changes nothing. */
import { exitCodes, Fault } from "../blueprints/fault.ts";

const { usage, notFound, answerNeeded } = exitCodes;
const near = (found: string | undefined): string => (found ? ` Did you mean ${found}?` : "");

export const thingFaults = {
  unknownType: (word: string, found: string | undefined) =>
    new Fault({
      code: "type-unknown",
      summary: "There is no such type",
      detail: `Freehold knows no type ${word}.${near(found)} It knows bucket, table, parameter and function, and those that freehold add --types lists.`,
      next: "freehold add --types",
      exitCode: usage,
    }),
  badName: (name: string, why: string) =>
    new Fault({
      code: "thing-name-invalid",
      summary: "No thing can be called so",
      detail: `${name}: ${why}.`,
      exitCode: usage,
    }),
  wrong: (what: string, problems: readonly { key: string; why: string }[]) =>
    new Fault({
      code: "thing-wrong",
      summary: "What was said of it does not fit",
      detail: problems.map(({ key, why }) => `${key} ${why}${why.endsWith("?") ? "" : "."}`).join("\n"),
      next: `freehold add ${what} --inputs`,
      exitCode: usage,
    }),
  nameTaken: (name: string, kind: string, kept: boolean) =>
    new Fault({
      code: "thing-name-taken",
      summary: "Another thing has this name",
      detail: kept
        ? `Data of things/${name} is kept, and it was a ${kind}.`
        : `things/${name} is there, and is a ${kind}.`,
      next: `freehold show things/${name}`,
      exitCode: usage,
    }),
  replaced: (name: string) =>
    new Fault({
      code: "thing-replaced",
      summary: "This change would make it anew, and its data stays behind",
      detail: `AWS cannot change this of things/${name} while it is there. Under another name both can be there at once, and data can be taken over.`,
      next: `freehold show things/${name}`,
      exitCode: usage,
    }),
  unknown: (name: string, found: string | undefined) =>
    new Fault({
      code: "thing-unknown",
      summary: "There is no such thing",
      detail: `No thing of this cloud is called ${name}.${near(found && `things/${found}`)}`,
      next: "freehold ls",
      exitCode: notFound,
    }),
  inUse: (name: string, users: readonly string[]) =>
    new Fault({
      code: "thing-in-use",
      summary: "Another thing uses it",
      detail: `${users.map((user) => `things/${user}`).join(", ")} may use things/${name}, and would fail without it.`,
      next: `freehold destroy things/${users[0]}`,
      exitCode: usage,
    }),
  adoptedAsked: (name: string, id: string) =>
    new Fault({
      code: "adopted-asked",
      summary: "It was there before Freehold, and is deleted only when its id is said, too",
      detail: `things/${name} is ${id}, which was adopted. Without --data delete it is let go of, and stays as it is.`,
      next: `freehold destroy things/${name} --data delete --adopted ${id} --yes`,
      exitCode: answerNeeded,
    }),
  changed: () =>
    new Fault({
      code: "things-changed",
      summary: "Somebody else changed the things of this cloud meanwhile",
      detail: "Another computer wrote its list after this operation read it. Nothing was changed here.",
      next: "freehold ls",
      exitCode: exitCodes.locked,
    }),
  noFile: (path: string) =>
    new Fault({
      code: "file-missing",
      summary: "There is no such file or folder",
      detail: `${path} is not there.`,
      at: path,
      exitCode: usage,
    }),
  homeInside: (path: string) =>
    new Fault({
      code: "folder-holds-home",
      summary: "Freehold's own files lie in this folder",
      detail: `${path} would be copied into itself, and the keys in it would be part of a thing.`,
      at: path,
      exitCode: usage,
    }),
  filesGone: (name: string) =>
    new Fault({
      code: "thing-files-gone",
      summary: "What a thing is made of is not on this computer",
      detail: `The files of things/${name} were given on another computer, or are lost here. What is up goes on as it is.`,
      next: `freehold add function ${name} --code DIR`,
      exitCode: notFound,
    }),
  noHandler: (path: string, files: readonly string[]) =>
    new Fault({
      code: "handler-missing",
      summary: "The folder has no file with its handler",
      detail: `${path} has no ${files.join(" or ")}.`,
      at: path,
      next: "freehold add function NAME --code DIR --set handler=FILE.EXPORT",
      exitCode: usage,
    }),
  adoptDiffers: (id: string, what: string) =>
    new Fault({
      code: "adopt-differs",
      summary: "It cannot be taken in without a change",
      detail: `What AWS tells of ${id} is not all that it is: ${what} Nothing was changed.`,
      exitCode: usage,
    }),
  folderFull: (dir: string) =>
    new Fault({
      code: "folder-not-empty",
      summary: "The folder is not empty",
      detail: `${dir} has something in it, and nothing is written over.`,
      at: dir,
      next: "freehold eject ./another-folder",
      exitCode: usage,
    }),
};
