/**
 * A picture in a terminal that can show one: by the protocol of kitty (PNG) or of iTerm2. The sequences hold base64 and
 * nothing else of the file, whose first bytes have to be a picture's. Where the terminal is not known to, there is none.
 */

export interface InlineImage {
  protocol: "kitty" | "iterm2";
  base64: string;
}

const png = "89504e470d0a1a0a";
/** PNG, JPEG, GIF, and RIFF, which WebP is. */
const pictures = [png, "ffd8ff", "474946383761", "474946383961", "52494646"];

const headOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 8)).toString("hex");

export const isPicture = (bytes: Uint8Array): boolean => pictures.some((one) => headOf(bytes).startsWith(one));

export function inlineImage(env: NodeJS.ProcessEnv, bytes: Uint8Array): InlineImage | undefined {
  if (!isPicture(bytes)) return undefined;
  const base64 = Buffer.from(bytes).toString("base64");
  // A multiplexer in between passes neither on.
  if (env["TMUX"] || env["STY"]) return undefined;
  if (/^(iTerm\.app|WezTerm)$/.test(env["TERM_PROGRAM"] ?? "")) return { protocol: "iterm2", base64 };
  const kitty = env["KITTY_WINDOW_ID"] !== undefined || /^xterm-(kitty|ghostty)$/.test(env["TERM"] ?? "");
  return kitty && headOf(bytes) === png ? { protocol: "kitty", base64 } : undefined;
}

/** What the terminal is told. */
export function imageSequence({ protocol, base64 }: InlineImage): string {
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) return "";
  if (protocol === "iterm2") return `\u001b]1337;File=inline=1;width=auto;height=auto:${base64}\u0007`;
  const pieces = base64.match(/.{1,4096}/g) ?? [];
  return pieces
    .map((piece, at) => {
      const more = at < pieces.length - 1 ? 1 : 0;
      return `\u001b_G${at === 0 ? "a=T,f=100," : ""}m=${more};${piece}\u001b\\`;
    })
    .join("");
}
