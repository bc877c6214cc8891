/**
 * The words of a blueprint's card: what it is, what it would make, what each part may reach, who can call it and what
 * that costs. Every fact is worked out from the manifest and the files; nothing is taken from what its author says of
 * it but the title and the tagline, which are shown as such.
 */

/** Where a blueprint's files came from. */
export interface Origin {
  source: "bundled" | "folder" | "catalog" | "github";
  /** The catalog's name, of source `catalog`. */
  catalog?: string;
  /** GitHub, of sources `catalog` and `github`: `owner/name` as it is called now, and the number that never changes. */
  repository?: string;
  repositoryId?: number;
  /** 40 hex digits. */
  commit?: string;
  /** The folder in the repository; empty is its root. */
  path?: string;
  /** The tag or branch that was asked for, when the REF or the catalog named one. */
  ref?: string;
}

/** One thing a part of the app may do, as a record of fixed words: two versions are compared by these. */
export interface Reach {
  /** A function, or `anybody` for what is public, or `app` for hosts. */
  who: string;
  /** `read`, `write`, `send`, `call`, `secret`, `host`, `public`, `aws`, `header` (a security header that is laxer than usual). */
  may: string;
  /** `table notes`, `bucket files`, `setting token`, `api.github.com`, `/share/* to api`. */
  what: string;
  /** Of public routes that have one: `60 per minute`. */
  limit?: string;
}

export interface CardFunction {
  name: string;
  runtime: string;
  memoryMb: number;
  timeoutSeconds: number;
  /** Of its folder. */
  codeBytes: number;
}

export interface CardData {
  kind: "table" | "bucket";
  name: string;
  precious: boolean;
}

/** US dollars, from the dated table of prices in blueprints/prices.ts. */
export interface Cost {
  /** ISO date of the table. */
  pricesOf: string;
  region: string;
  /** The region whose prices stand for those of `region`, which the table has none of. */
  pricesIn?: string;
  /** A month in which nobody calls it. */
  idlePerMonth: number;
  perThousandRequests: number;
  /** What was assumed, a sentence each; said with the numbers wherever there is room. */
  assumes: string[];
}

/** A setting as its blueprint says it: what a form or a question needs to know. */
export interface CardSetting {
  name: string;
  type: "string" | "number" | "boolean" | "secret";
  label?: string;
  help?: string;
  required: boolean;
  default?: string | number | boolean;
  /** A regular expression that a value has to be found by. */
  pattern?: string;
}

export interface Card {
  format: 1;
  name: string;
  title: string;
  tagline?: string;
  version: string;
  license?: string;
  tags: string[];
  origin: Origin;
  /** `sha256:…` of the folder, as it would be installed. */
  digest: string;
  sizeBytes: number;
  fileCount: number;
  /** `aws:lambda/function:Function` and how many. */
  creates: { kind: string; count: number }[];
  functions: CardFunction[];
  routes: { path: string; to: string; public: boolean; limit?: string }[];
  data: CardData[];
  settings: CardSetting[];
  /** Sorted. */
  reach: Reach[];
  cost: Cost;
}

/** What a rule has against a plan. `refuse` cannot be accepted; `ask` needs an answer; `note` is only said. */
export interface Finding {
  rule: string;
  severity: "refuse" | "ask" | "note";
  /** The resource, by its name in the app. */
  resource?: string;
  message: string;
}

/** Why somebody has to say yes. */
export type ConsentReason = "outside" | "wider-reach" | "owner-changed" | "finding";

/**
 * What is asked before it is done. `digest` covers the folder, its reach, routes and hosts, and the findings: the answer
 * holds for exactly this, and what is applied is what was shown.
 */
export interface Consent {
  app: string;
  digest: string;
  reasons: ConsentReason[];
  card: Card;
  /** Of an update: the version that is installed, and what would change. */
  before?: { version: string; digest: string };
  added: Reach[];
  removed: Reach[];
  findings: Finding[];
}
