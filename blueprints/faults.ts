/** The table of this room's faults: what can be wrong with a blueprint. */
import { exitCodes, Fault } from "./fault.ts";
import { quoted, spelled } from "./seen.ts";

export interface Problem {
  /** `blueprint.yaml:12:7`, or a path in the folder. */
  at: string;
  message: string;
}

const usage = exitCodes.usage;

/** As many as somebody reads; longer ones are cut. */
const maxProblems = 50;
const maxMessage = 300;

function lineOf({ at, message }: Problem): string {
  return `${spelled(at)} ${spelled(message, maxMessage)}`;
}

const rest = ({ length }: Problem[]): string[] => (length > maxProblems ? [`and ${length - maxProblems} more`] : []);

export const faults = {
  notFound: (dir: string, cause?: unknown) =>
    new Fault({
      code: "blueprint-not-found",
      summary: "There is no blueprint in this folder",
      detail: `${spelled(dir)} has no readable blueprint.yaml.`,
      at: spelled(dir),
      exitCode: exitCodes.notFound,
      cause,
    }),
  tooLarge: (at: string, detail: string) =>
    new Fault({
      code: "blueprint-too-large",
      summary: "The blueprint is too large",
      detail,
      at: spelled(at),
      exitCode: usage,
    }),
  notPlain: (at: string, what: string) =>
    new Fault({
      code: "blueprint-not-plain",
      summary: "The blueprint's folder has more than plain files and folders",
      detail: `${quoted(at)} is ${what}. What is installed is what the folder says, so nothing in it may point elsewhere.`,
      at: spelled(at),
      next: "Replace it with the file it stands for.",
      exitCode: usage,
    }),
  invalid: (problems: Problem[]) =>
    new Fault({
      code: "manifest-invalid",
      summary: problems.length === 1 ? "The blueprint has a mistake" : `The blueprint has ${problems.length} mistakes`,
      detail: [...problems.slice(0, maxProblems).map(lineOf), ...rest(problems)].join("\n"),
      at: problems[0]?.at,
      exitCode: usage,
    }),
};
