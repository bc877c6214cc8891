/**
 * Whether a screen may be drawn on a terminal again and again: one answer for the terminal app and for an operation's
 * tree. Never on pipes, in CI, on poor terminals, for screen readers, and where it would not fit.
 */

interface Size {
  columns: number;
  rows: number;
}

export function drawable(env: NodeJS.ProcessEnv, stdout: NodeJS.WriteStream, least: Size): boolean {
  const readAloud = Boolean(env["ACCESSIBLE"]) || env["INK_SCREEN_READER"] === "true";
  if (!stdout.isTTY || env["CI"] || env["TERM"] === "dumb" || readAloud) return false;
  return (stdout.columns ?? 0) >= least.columns && (stdout.rows ?? 0) >= least.rows;
}
