/** The SDK's own readers of AWS's shared files, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { getSSOTokenFilepath, loadSharedConfigFiles } from "@smithy/core/config";
