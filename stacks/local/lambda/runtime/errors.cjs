/** Errors as the Lambda runtime shows them: in answers, and in log lines. Knows no transport. */
"use strict";

/** `{ errorType, errorMessage, trace }`; init errors call the trace `stackTrace`. */
function errorBody(error, traceName = "trace") {
  if (error instanceof Error || (error && typeof error === "object" && "message" in error && "stack" in error))
    return {
      errorType: String(error.name ?? "Error"),
      errorMessage: String(error.message),
      [traceName]: String(error.stack ?? "").split("\n"),
    };
  return {
    errorType: error === null || error === undefined ? "null" : typeof error,
    errorMessage: text(error),
    [traceName]: [],
  };
}

/** What the log shows: the kind of failure, a tab, one JSON object. */
function errorLine(error, kind) {
  const { errorType, errorMessage, trace } = errorBody(error);
  const extra = {};
  if (error && typeof error === "object")
    for (const key of Object.keys(error)) if (!["name", "message", "stack"].includes(key)) extra[key] = error[key];
  try {
    return `${kind} \t${JSON.stringify({ errorType, errorMessage, ...extra, stack: trace })}`;
  } catch {
    return `${kind} \t${JSON.stringify({ errorType, errorMessage, stack: trace })}`;
  }
}

function text(value) {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

module.exports = { errorBody, errorLine };
