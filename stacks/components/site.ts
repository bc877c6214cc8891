/** A manifest's site: a private bucket with its files, which only the gate reads. It goes with the app. */
import { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2.js";
import { asset, ComponentResource } from "@pulumi/pulumi";
import { siteNoun } from "../names.ts";
import { contentType } from "./content-types.ts";
import { type Context, nameOf } from "./context.ts";
import { privateBucket } from "./private-bucket.ts";

export interface SiteFile {
  /** From the site's folder, with `/`. */
  path: string;
  absolute: string;
}

export class Site extends ComponentResource {
  readonly bucketName: string;

  constructor(context: Context, files: readonly SiteFile[]) {
    super("freehold:app:Site", "site", {}, { providers: [context.provider] });
    this.bucketName = nameOf(context, siteNoun, "bucket");
    const bucket = privateBucket(context, siteNoun, this, { definition: { site: true }, keep: false });
    for (const file of files)
      new BucketObjectv2(
        `site/${file.path}`,
        {
          bucket: bucket.bucket,
          key: file.path,
          source: new asset.FileAsset(file.absolute),
          contentType: contentType(file.path),
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
