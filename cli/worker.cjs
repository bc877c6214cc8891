/* What a command starts as its worker. */
"use strict";
require("./code-cache.cjs")("worker");
