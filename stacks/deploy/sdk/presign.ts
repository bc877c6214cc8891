/** Signed addresses of S3, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { getSignedUrl } from "@aws-sdk/s3-request-presigner";
