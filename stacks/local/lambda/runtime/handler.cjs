/** Finds a function's handler: `index.handler`, `src/app.api.handler`. ES modules and CommonJS, as Lambda loads them. */
"use strict";
const { existsSync, readFileSync, statSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname, join, resolve } = require("node:path");
const { pathToFileURL } = require("node:url");

function failure(name, message, cause) {
  const error = new Error(message);
  error.name = name;
  if (cause?.stack) error.stack = `${name}: ${message}\n${cause.stack}`;
  return error;
}

async function loadHandler(taskRoot, name) {
  if (name.includes("..")) throw failure("Runtime.MalformedHandlerName", `'${name}' is not a valid handler name.`);
  const match = /^((?:.*\/)?[^/.]*)\.(.+)$/.exec(name);
  if (!match) throw failure("Runtime.MalformedHandlerName", "Bad handler");
  const [, modulePath, exported] = match;
  const module = await loadModule(taskRoot, modulePath);
  const handler = find(module, exported) ?? find(module?.default, exported);
  if (handler === undefined)
    throw failure("Runtime.HandlerNotFound", `${modulePath}.${exported} is undefined or not exported`);
  if (typeof handler !== "function")
    throw failure("Runtime.HandlerNotFound", `${modulePath}.${exported} is not a function`);
  return handler;
}

function find(module, exported) {
  return exported.split(".").reduce((value, key) => value?.[key], module);
}

async function loadModule(taskRoot, modulePath) {
  const base = resolve(taskRoot, modulePath);
  const file = [base, `${base}.js`, `${base}.mjs`, `${base}.cjs`].find((path) => isFile(path));
  if (!file)
    throw failure(
      "Runtime.ImportModuleError",
      `Error: Cannot find module '${modulePath}'\nRequire stack:\n- ${join(taskRoot, "index.mjs")}`,
    );
  try {
    if (file.endsWith(".mjs") || (file.endsWith(".js") && isModule(taskRoot, file)))
      return await import(pathToFileURL(file).href);
    return await required(file);
  } catch (error) {
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND")
      throw failure("Runtime.ImportModuleError", `Error: ${error.message}`, error);
    if (error instanceof SyntaxError)
      throw failure("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`, error);
    throw error;
  }
}

async function required(file) {
  try {
    return createRequire(file)(file);
  } catch (error) {
    // An ES module by its syntax, with top-level await: only import() can wait for it.
    if (error?.code === "ERR_REQUIRE_ASYNC_MODULE") return import(pathToFileURL(file).href);
    throw error;
  }
}

function isFile(path) {
  return existsSync(path) && statSync(path).isFile();
}

function isModule(taskRoot, file) {
  for (let folder = dirname(file); folder.startsWith(taskRoot); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).type === "module";
  }
  return false;
}

module.exports = { loadHandler };
