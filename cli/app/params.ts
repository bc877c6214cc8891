/** The screens there are, by id, and what each is opened with. Types only: a line here, one in screens.ts. */
import type { CardSetting } from "../../blueprints/card.ts";
import type { ConsentEvent } from "../../stacks/events.ts";
import type { FlagValues } from "../flag-values.ts";

export interface ScreenParams {
  home: Record<string, never>;
  app: { app: string; section?: AppSection };
  remove: { app: string };
  help: { keys: readonly { key: string; does: string }[]; of: string };
  /** Flags of `search`: the filters it begins with. */
  browse: { query?: string; flags?: FlagValues };
  /** REF, as `up` takes it. */
  card: { ref: string };
  source: { ref: string; path?: string; diff?: boolean };
  /** `app`: its name may be chosen, and is this by itself; `naming`: that is what comes first. */
  install: { line: CommandLine; title: string; settings: readonly CardSetting[]; app?: string; naming?: boolean };
  progress: { line: CommandLine; title: string };
  consent: { event: ConsentEvent; line: CommandLine; title: string };
  setup: Record<string, never>;
  "setup-aws": { flags: FlagValues };
  /** What an app keeps; `things`: one's own. */
  data: { app: string };
  backups: { app: string };
  /** `items`: about so many; of a bucket maybe one folder of it: its name, and the word for it. */
  store: {
    store: string;
    kind: "table" | "bucket";
    items?: number;
    more?: true;
    folder?: { name: string; prefix: string };
  };
  /** `id`: the word that names it whole; `shown`: as it is read. */
  item: { store: string; kind: "table" | "bucket"; id: string; shown: string };
  things: Record<string, never>;
  thing: { name: string };
  "thing-types": Record<string, never>;
  /** `type`: as `add` takes it. */
  "thing-form": { type: string };
  "thing-remove": { name: string };
  "thing-scan": Record<string, never>;
  /** A command that shows what it would do, and asks. */
  preview: { line: CommandLine; title: string };
  /** Of an app, or of `signin`. */
  names: { site: string };
  "name-add": { site: string };
  "name-remove": { site: string; host: string };
  accounts: Record<string, never>;
  palette: { line?: string };
}

export type AppSection = "overview" | "settings" | "access" | "logs" | "history";
export type ScreenId = keyof ScreenParams;

/** A command of the table, as it would be typed. */
export interface CommandLine {
  name: string;
  args: readonly string[];
  flags?: FlagValues;
  /** Of secret settings, which no command line has: as they would be typed when it asks. */
  secrets?: Readonly<Record<string, string>>;
}
