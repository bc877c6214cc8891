/*
 * What the executable of `freehold engine install` starts: sees that it was written by this very Freehold, turns V8's
 * compile cache on, goes on in pulumi. Plain CommonJS, so that an old Node can read it.
 */
"use strict";
const [written, ...args] = process.argv.slice(2);
const { version } = require("../package.json");
if (written !== `--written-by=${version}`) {
  process.stderr.write(
    `error: this pulumi was written by Freehold ${String(written).replace("--written-by=", "")}, and here is Freehold ${version} now; write it again:\n\n    freehold engine install DIR\n`,
  );
  process.exit(255);
}
process.argv.splice(2, process.argv.length, ...args);
require("node:module").enableCompileCache();
import("./pulumi.mjs");
