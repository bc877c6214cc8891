/** A bucket of the owner's own: private, kept by `destroy`, and no site's. */
import { ComponentResource } from "@pulumi/pulumi";
import { bucketKind, type Context } from "./context.ts";
import { privateBucket } from "./private-bucket.ts";

export class ThingBucket extends ComponentResource {
  constructor(context: Context, noun: string) {
    super("freehold:things:Bucket", noun, {}, { providers: [context.provider] });
    const kept = context.attach.get(`${bucketKind} ${noun}`);
    privateBucket(context, noun, this, { definition: { bucket: noun }, keep: true, ...(kept ? { kept } : {}) });
    this.registerOutputs({});
  }
}
