/* What the executable of `freehold engine install` starts. */
"use strict";
require("./code-cache.cjs")("pulumi");
