/** The table of faults of archives: why one is refused, and that nothing of it is left. */
import { exitCodes, Fault } from "../blueprints/fault.ts";
import { quoted, spelled } from "../blueprints/seen.ts";

const kept = "Nothing of it was kept.";

export const faults = {
  /** `why` completes "The archive …". */
  broken: (why: string, cause?: unknown) =>
    new Fault({
      code: "archive-broken",
      summary: "The archive is broken",
      detail: `It ${why}. ${kept}`,
      next: "Try again; when it stays so, tell the blueprint's author.",
      cause,
    }),
  /** A name that cannot be kept on every computer, or leads elsewhere. */
  name: (path: string, why: string) =>
    new Fault({
      code: "archive-name",
      summary: "The archive has a name that is not taken",
      detail: `${quoted(path)} ${spelled(why)}. ${kept}`,
      exitCode: exitCodes.usage,
    }),
  entry: (path: string, what: string) =>
    new Fault({
      code: "archive-entry",
      summary: "The archive has more than plain files and folders",
      detail: `${quoted(path)} is ${what}. ${kept}`,
      exitCode: exitCodes.usage,
    }),
  tooLarge: (detail: string) =>
    new Fault({
      code: "archive-too-large",
      summary: "The archive is larger than is taken",
      detail: `${detail} ${kept}`,
      exitCode: exitCodes.usage,
    }),
  empty: (path: string) =>
    new Fault({
      code: "archive-without-path",
      summary: "The archive has no such folder",
      detail: `There is no file below ${spelled(path) || "/"}. ${kept}`,
      exitCode: exitCodes.notFound,
    }),
  otherCommit: (wanted: string, is: string) =>
    new Fault({
      code: "archive-other-commit",
      summary: "The archive is of another commit",
      detail: `It was to be ${wanted} and says it is ${spelled(is, 60)}. ${kept}`,
    }),
  /** `why` completes "PATH …": left out, changed, a pointer. */
  notAsCommitted: (path: string, why: string) =>
    new Fault({
      code: "archive-differs",
      summary: "The archive is not what was committed",
      detail: `${quoted(path)} ${why}. What is installed has to be what the repository holds. ${kept}`,
      next: "Tell the blueprint's author: no export-ignore, export-subst or LFS for what is installed.",
      exitCode: exitCodes.usage,
    }),
  digest: (promised: string, is: string) =>
    new Fault({
      code: "digest-differs",
      summary: "The blueprint is not the one that was promised",
      detail: `It was to be ${promised} and is ${is}. ${kept}`,
      next: "Do not install it. Tell the catalog's owner.",
    }),
};
