/**
 * The words of setting up a cloud and of looking it over: ways of signing in to AWS, what setup is about to do, what
 * doctor found. Plain data that commands answer and screens draw; no secret is ever in it.
 */

export type WayKind =
  | "environment"
  | "profile"
  | "sso"
  | "login"
  | "process"
  | "role"
  | "web-identity"
  | "container"
  | "instance";

/** One way of signing in to AWS that is there on this computer. */
export interface Way {
  kind: WayKind;
  /** Of those that stand in the shared files: the profile. */
  profile?: string;
  /** The flag that chooses it: `--profile work`, `--sign-in container`. */
  flag: string;
  /** The region it names, if it names one. */
  region?: string;
  /** What it is, in a sentence. */
  says: string;
  /** Its keys are good until somebody deletes them, or what gives it its keys has such ones. */
  longLived?: true;
  /** It wants a code of a second factor with every use; whose it is is not asked before it was chosen. */
  secondFactor?: true;
  /** Whose it is, as far as that could be told without running anything of the owner's. */
  identity?: Identity;
  /** Why it cannot be used as it is, and what to do about it: a command, or a sentence. */
  problem?: { says: string; next: string };
}

export interface Identity {
  accountId: string;
  arn: string;
}

/** Every way there is; of several one has to be chosen. */
export interface WaysDocument {
  ways: Way[];
  /** The flag of the one that AWS's own tools would take here; none when they would take none. */
  usual: string | null;
  /** The flag of the one to take when nothing speaks against it: one that works, and ends by itself if there is one. */
  suggested: string | null;
}

/** A right that setup needs, as far as AWS could be asked about it. */
export interface Right {
  /** `s3:CreateBucket` */
  action: string;
  state: "allowed" | "denied" | "unchecked";
}

/** What setup is about to do, told before its first call that changes something. */
export interface SetupPlan {
  format: 1;
  name: string;
  target: "local" | "aws";
  region: string;
  timeZone: string;
  /** AWS clouds: whose account, as whom, and by which way of signing in. */
  accountId?: string;
  arn?: string;
  way?: string;
  /** The account has this cloud already, from another computer: nothing is made. */
  found: boolean;
  /** What will be made, in order: `aws:s3/bucket:Bucket`, its name, why. */
  creates: { kind: string; name: string; why: string }[];
  /** US dollars a month while nobody uses it, and the day of the table of prices; absent of local clouds. */
  idle?: { perMonth: number; pricesOf: string; assumes: string[] };
  /** Whom AWS mails at which cost a month; null: nobody, since that was said; absent: nothing was said. */
  budget?: { perMonth: number; email: string } | null;
  /** Sorted by action; empty of local clouds. */
  rights: Right[];
  /** Why rights are unchecked, when they are: a sentence. */
  uncheckedBecause?: string;
  /** Sentences. */
  warnings: string[];
  /** What was found of the account: the same checks as doctor's, by the same ids. Empty of local clouds. */
  checks: Check[];
}

export type CheckState = "ok" | "warn" | "fail" | "skipped";

export interface Check {
  /** Stable, kebab-case: `node-version`, `aws-identity`. */
  id: string;
  title: string;
  state: CheckState;
  /** What was found, in a sentence. */
  detail: string;
  /** Of warnings and failures: what to do, a command where one helps. */
  next?: string;
}

export interface DoctorDocument {
  /** Null: there is none yet. */
  cloud: string | null;
  target: "local" | "aws" | null;
  checks: Check[];
}
