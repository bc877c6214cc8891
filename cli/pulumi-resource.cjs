#!/usr/bin/env node
/*
 * A provider's executable, as Pulumi's engines look for it on PATH: says when Node is too old, then runs the bundle of the
 * name under which it was started. Readable as CommonJS and as a module: its names in dist/ have no ending.
 */
"use strict";
const name = process.argv[1].split(/[\\/]/).pop();
if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(`${name} needs Node 24 or later; this is ${process.version}\n`);
  process.exit(1);
}
import("./code-cache.cjs").then(({ default: run }) => run(name));
