/** Colours that only repeat what words say; none where nobody wants them. */
import { styleText } from "node:util";
import { inCloud } from "./in-cloud.ts";

type Style = (text: string) => string;

export interface Paint {
  bold: Style;
  dim: Style;
  good: Style;
  bad: Style;
  warn: Style;
  /** A command to type next: it names the cloud that was named. */
  command: Style;
  /** A clickable address where the terminal can (OSC 8). */
  link: Style;
}

/** `cloud`: the one that was named on the command line. */
export function createPaint(color: boolean, cloud?: string): Paint {
  const style = (format: Parameters<typeof styleText>[0]): Style =>
    color ? (text) => styleText(format, text, { validateStream: false }) : (text) => text;
  const bold = style("bold");
  return {
    bold,
    command: (line) => bold(inCloud(line, cloud)),
    dim: style("dim"),
    good: style("green"),
    bad: style("red"),
    warn: style("yellow"),
    link: color ? (text) => `\u001b]8;;${text}\u001b\\${text}\u001b]8;;\u001b\\` : (text) => text,
  };
}

/** NO_COLOR, CI-less terminals, TERM=dumb: https://no-color.org */
export function wantsColor(env: NodeJS.ProcessEnv, isTerminal: boolean, refused: boolean): boolean {
  return isTerminal && !refused && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}
