#!/usr/bin/env node
/*
 * The AWS provider's executable, as Pulumi's engines look for it on PATH: says when Node is too old, then runs the
 * bundle. Readable as CommonJS and as a module: its name in dist/ has no ending.
 */
"use strict";
if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(`pulumi-resource-aws needs Node 24 or later; this is ${process.version}\n`);
  process.exit(1);
}
import("./code-cache.cjs").then(({ default: run }) => run("pulumi-resource-aws"));
