/**
 * What a function says, on the way to its log: console calls become framed messages on stdout (a line that begins
 * with the record separator, the length, then the bytes), so that one call is one log event however many lines it has.
 */
"use strict";
const { writeSync } = require("node:fs");
const { format } = require("node:util");

const json = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
const levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const lowest = json ? Math.max(levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? "INFO"), 0) : 0;
const still = new Int32Array(new SharedArrayBuffer(4));
/** 256 KB with what CloudWatch counts for each event. */
const eventLimitBytes = 256 * 1024 - 26;
let requestId = "";

function setRequest(id) {
  requestId = id;
}

function patchConsole() {
  const calls = { log: "INFO", info: "INFO", debug: "DEBUG", trace: "TRACE", warn: "WARN", error: "ERROR" };
  for (const [name, level] of Object.entries(calls)) globalThis.console[name] = (...values) => write(level, values);
}

function log(level, message) {
  write(level, [message]);
}

function write(level, values) {
  if (levels.indexOf(level) < lowest) return;
  const timestamp = new Date().toISOString();
  const message = json
    ? structured(timestamp, level, values)
    : `${timestamp}\t${requestId || "undefined"}\t${level}\t${format(...values)}`;
  const bytes = Buffer.from(message);
  // Longer than an event may be: several, as on AWS.
  for (let at = 0; at === 0 || at < bytes.length; at += eventLimitBytes) {
    const part = bytes.subarray(at, at + eventLimitBytes);
    put(Buffer.concat([Buffer.from(`\x1e${part.length}\n`), part]));
  }
}

function structured(timestamp, level, values) {
  const record = { timestamp, level, requestId };
  const [only] = values;
  if (values.length === 1 && only && typeof only === "object" && !(only instanceof Error))
    try {
      return JSON.stringify({ ...record, message: only });
    } catch {
      // Circular: said as text below, like AWS.
    }
  const error = values.find((value) => value instanceof Error);
  const detail = error
    ? { errorType: error.name, errorMessage: error.message, stackTrace: String(error.stack).split("\n") }
    : {};
  return JSON.stringify({ ...record, message: format(...values), ...detail });
}

/** Synchronous, so that what was said before a crash is there after it. */
function put(bytes) {
  let offset = 0;
  while (offset < bytes.length)
    try {
      offset += writeSync(1, bytes, offset);
    } catch (error) {
      if (error.code !== "EAGAIN") return;
      Atomics.wait(still, 0, 0, 1);
    }
}

module.exports = { setRequest, patchConsole, log };
