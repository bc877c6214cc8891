#!/usr/bin/env node
/*
 * The command's first file: says in one line when Node is too old, turns V8's compile cache on, goes on in main. Plain
 * CommonJS, so that an old Node can read it.
 */
"use strict";
if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(`Freehold needs Node 24 or later; this is ${process.version}. https://nodejs.org/en/download\n`);
  process.exit(1);
}
require("node:module").enableCompileCache();
import("./main.mjs");
