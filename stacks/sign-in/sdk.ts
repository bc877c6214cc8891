/** Where credentials are found, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
