/* What a command starts as the local cloud. */
"use strict";
require("./code-cache.cjs")("local-cloud");
