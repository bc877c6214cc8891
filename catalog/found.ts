/** What every source of blueprints answers with: which blueprint it is, and where its files are. */
export interface Found {
  source: "bundled" | "folder";
  /** What finds it again: a bundled name, or an absolute folder. */
  ref: string;
  /** Absolute; where the files are now. */
  dir: string;
}
