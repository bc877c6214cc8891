/**
 * Which modules a function may have: its own folder's, its layers', Node's, and the AWS SDK's clients with what those
 * import. What lies above the function's folder is not found, as on Lambda: there is nothing there.
 */
"use strict";
const { createRequire, registerHooks } = require("node:module");
const { basename, delimiter, dirname, join, sep } = require("node:path");
const { pathToFileURL } = require("node:url");

const sdk = /^@(aws-sdk|smithy|aws-crypto)\//;
const bare = /^(?!\.{0,2}\/|node:|file:|data:|#)/;

function confineModules(taskRoot, sdkDir, optRoot) {
  const own = [taskRoot, ...(optRoot ? [optRoot] : [])].map((root) => pathToFileURL(root + sep).href);
  const inside = (url) => own.some((root) => url.startsWith(root));
  const anchor = pathToFileURL(join(sdkDir, "index.mjs")).href;
  const fromSdk = createRequire(anchor);
  const sdkModules = pathToFileURL(join(sdkDir, "node_modules") + sep).href;

  registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL } = context;
      if (!bare.test(specifier) || parentURL?.startsWith(sdkModules) || parentURL === anchor)
        return nextResolve(specifier, context);
      let lost;
      try {
        const found = nextResolve(specifier, context);
        if (!found.url.startsWith("file:") || inside(found.url)) return found;
      } catch (error) {
        lost = error;
      }
      const layered = optRoot && context.conditions.includes("import") && fromNodePath(specifier, context, nextResolve);
      if (layered && inside(layered.url)) return layered;
      if (!sdk.test(specifier)) throw lost ?? notFound(specifier, context);
      if (context.conditions.includes("import")) return nextResolve(specifier, { ...context, parentURL: anchor });
      return { url: pathToFileURL(fromSdk.resolve(specifier)).href, shortCircuit: true };
    },
  });
}

/** Lambda lets `import` look where NODE_PATH says, too, which Node does for `require` alone. */
function fromNodePath(specifier, context, nextResolve) {
  for (const folder of (process.env.NODE_PATH ?? "").split(delimiter)) {
    if (basename(folder) !== "node_modules") continue;
    const parentURL = pathToFileURL(join(dirname(folder), "index.mjs")).href;
    try {
      return nextResolve(specifier, { ...context, parentURL });
    } catch {
      // The next folder may have it.
    }
  }
  return null;
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

module.exports = { confineModules };
