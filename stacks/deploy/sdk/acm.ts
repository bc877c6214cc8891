/** ACM, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { ACMClient, DescribeCertificateCommand } from "@aws-sdk/client-acm";
