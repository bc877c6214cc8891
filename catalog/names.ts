/**
 * Which names of an archive are taken: those that mean the same file, in the same folder, on every computer. Knows no
 * archive and touches no disk.
 */
import { faults } from "./archive-faults.ts";

const maxNameBytes = 255;
const maxPathBytes = 1024;
/** What Windows takes for devices, whatever stands behind a dot. */
const devices = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** First rule that fits; completes "NAME …". */
const refused: [RegExp, string][] = [
  [/^$/, "has an empty part"],
  [/^\.\.?$/, "leads out of its folder"],
  [/\u0000/, "has a NUL in it"],
  [/[\u0001-\u001f\u007f-\u009f]/, "has a control character in it"],
  [/\\/, "has a backslash in it"],
  [/^[a-z]:/i, "begins with a drive's letter"],
  [/[<>:"|?*]/, "has a character that Windows does not take"],
  [/[. ]$/, "ends with a dot or a space"],
  [devices, "is a device on Windows"],
  [/^(\.git|git~\d+)$/i, "is git's own"],
  [/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/u, "has an invisible character in it"],
];

/** Answers the path, normalised to NFC. `path` has `/` between its parts. Throws `archive-name`. */
export function admitPath(path: string, maxDepth: number): string {
  const normal = path.normalize("NFC");
  const parts = normal.split("/");
  for (const part of parts) {
    const rule = refused.find(([pattern]) => pattern.test(part));
    if (rule) throw faults.name(path, rule[1]);
    if (Buffer.byteLength(part) > maxNameBytes)
      throw faults.name(path, `has a part of more than ${maxNameBytes} bytes`);
  }
  if (Buffer.byteLength(normal) > maxPathBytes) throw faults.name(path, `is longer than ${maxPathBytes} bytes`);
  if (parts.length - 1 > maxDepth) throw faults.name(path, `lies more than ${maxDepth} folders deep`);
  return normal;
}

/** As computers that do not tell capitals from small letters see it. */
const folded = (path: string): string => path.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFC");

/** All that was taken so far: no two names that are one on another computer, and none both file and folder. */
export function createTaken() {
  const taken = new Map<string, { path: string; kind: "file" | "folder" }>();
  const take = (path: string, kind: "file" | "folder"): boolean => {
    const key = folded(path);
    const before = taken.get(key);
    if (!before) {
      taken.set(key, { path, kind });
      return true;
    }
    if (before.path !== path) throw faults.name(path, `is the same as ${before.path} on some computers`);
    if (kind === "file" || before.kind === "file") throw faults.name(path, "is there twice");
    return false;
  };
  return {
    /** Answers how many folders above it, or itself, are new. Throws `archive-name`. */
    add(path: string, kind: "file" | "folder"): number {
      const parts = path.split("/");
      let folders = 0;
      for (let depth = 1; depth < parts.length; depth++) if (take(parts.slice(0, depth).join("/"), "folder")) folders++;
      const isNew = take(path, kind);
      return kind === "folder" && isNew ? folders + 1 : folders;
    },
  };
}
