/** What every source of blueprints answers with: which blueprint it is, from where exactly, and where its files are. */
import type { Origin } from "../blueprints/card.ts";

export interface Found {
  source: Origin["source"];
  /** What finds it again: a bundled name, an absolute folder, `CATALOG/NAME`, or `github:OWNER/REPO[/PATH][@TAG|COMMIT]`. */
  ref: string;
  /** Absolute; where the files are now. */
  dir: string;
  /** Of a catalog's or of GitHub: pinned, with repository id and commit. */
  origin: Origin;
  /** `sha256:…`; of what was fetched: the folder was compared with it before it got to `dir`. */
  digest?: string;
  /** Said to whoever asked: that it is what it was the last time, and why. */
  note?: string;
}
