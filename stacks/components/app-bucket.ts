/** A manifest's bucket: private, kept by `destroy`, and open to presigned uploads from the app's own addresses. */
import { BucketCorsConfiguration } from "@pulumi/aws/s3/bucketCorsConfiguration.js";
import { ComponentResource, type Input } from "@pulumi/pulumi";
import { bucketKind, type Context } from "./context.ts";
import { privateBucket } from "./private-bucket.ts";

export class AppBucket extends ComponentResource {
  /** `origins`: the app's addresses, without a slash at their end. */
  constructor(context: Context, noun: string, definition: unknown, origins: Input<string>[]) {
    super("freehold:app:Bucket", noun, {}, { providers: [context.provider] });
    const kept = context.attach.get(`${bucketKind} ${noun}`);
    const bucket = privateBucket(context, noun, this, { definition, keep: true, kept });
    new BucketCorsConfiguration(
      noun,
      {
        bucket: bucket.bucket,
        corsRules: [
          {
            allowedOrigins: origins,
            allowedMethods: ["GET", "HEAD", "PUT", "POST"],
            allowedHeaders: ["*"],
            exposeHeaders: ["ETag"],
            maxAgeSeconds: 3600,
          },
        ],
      },
      { parent: this, deletedWith: bucket },
    );
    this.registerOutputs({});
  }
}
