/**
 * The bucket of a cloud's backups: private, and kept whatever becomes of apps and foundation. It has no versions and no
 * expiry: a backup is written once, and goes when its owner names a rule for it, never by itself.
 */
import { ComponentResource } from "@pulumi/pulumi";
import { backupsNoun } from "../names.ts";
import type { Context } from "./context.ts";
import { privateBucket } from "./private-bucket.ts";

export class BackupBucket extends ComponentResource {
  constructor(context: Context, kept: string | undefined) {
    super("freehold:foundation:Backups", backupsNoun, {}, { providers: [context.provider] });
    privateBucket(context, backupsNoun, this, { definition: { backups: 1 }, keep: true, ...(kept ? { kept } : {}) });
    this.registerOutputs({});
  }
}
