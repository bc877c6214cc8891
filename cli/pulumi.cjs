/*
 * What the executable of `freehold engine install` starts: turns V8's compile cache on, goes on in pulumi. Plain
 * CommonJS, so that an old Node can read it.
 */
"use strict";
require("node:module").enableCompileCache();
import("./pulumi.mjs");
