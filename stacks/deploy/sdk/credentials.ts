/** Profiles, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { fromIni } from "@aws-sdk/credential-providers";
