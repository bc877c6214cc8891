/** Flags as a command is given them; apart from the command's words, so that those may name screens and screens these. */
export type FlagValues = Record<string, string | boolean | string[] | undefined>;
