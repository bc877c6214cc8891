/** Colours that only repeat what words say; none where nobody wants them. */
import { styleText } from "node:util";

type Style = (text: string) => string;

export interface Paint {
  bold: Style;
  dim: Style;
  good: Style;
  bad: Style;
  warn: Style;
  /** A clickable address where the terminal can (OSC 8). */
  link: Style;
}

export function createPaint(color: boolean): Paint {
  const style = (format: Parameters<typeof styleText>[0]): Style =>
    color ? (text) => styleText(format, text, { validateStream: false }) : (text) => text;
  return {
    bold: style("bold"),
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
