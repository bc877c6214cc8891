/**
 * Which modules a function may have: its own folder's, Node's, and the AWS SDK's clients with what those import. What
 * lies above the function's folder is not found, as on Lambda: there is nothing there.
 */
import { createRequire, registerHooks } from "node:module";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";

const sdk = /^@(aws-sdk|smithy|aws-crypto)\//;
const bare = /^(?!\.{0,2}\/|node:|file:|data:|#)/;

export function confineModules(taskRoot, sdkDir) {
  const task = pathToFileURL(taskRoot + sep).href;
  const anchor = pathToFileURL(join(sdkDir, "index.mjs")).href;
  const fromSdk = createRequire(anchor);
  const sdkModules = pathToFileURL(join(sdkDir, "node_modules") + sep).href;

  registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL } = context;
      if (!bare.test(specifier) || parentURL?.startsWith(sdkModules) || parentURL === anchor)
        return nextResolve(specifier, context);
      try {
        const found = nextResolve(specifier, context);
        if (!found.url.startsWith("file:") || found.url.startsWith(task)) return found;
      } catch (error) {
        if (!sdk.test(specifier)) throw error;
      }
      if (!sdk.test(specifier)) throw notFound(specifier, context);
      if (context.conditions.includes("import")) return nextResolve(specifier, { ...context, parentURL: anchor });
      return { url: pathToFileURL(fromSdk.resolve(specifier)).href, shortCircuit: true };
    },
  });
}

function notFound(specifier, { parentURL, conditions }) {
  const esm = conditions.includes("import");
  const error = new Error(
    esm
      ? `Cannot find package '${specifier}' imported from ${parentURL}`
      : `Cannot find module '${specifier}'\nRequire stack:\n- ${parentURL}`,
  );
  error.code = esm ? "ERR_MODULE_NOT_FOUND" : "MODULE_NOT_FOUND";
  return error;
}
