/**
 * The Node runtime client: one process an environment, over the Lambda Runtime API on one raw socket (`node:http` would
 * double the start). CommonJS, which Node begins ten milliseconds sooner than ES modules, and without dependencies: it
 * runs beside strangers' code. Holds no policy: limits, timeouts and credentials are its parent's. When the socket
 * closes, its parent is gone, and so is its process group.
 */
"use strict";
const { connect } = require("node:net");
const { errorBody, errorLine } = require("./errors.cjs");
const { loadHandler } = require("./handler.cjs");
const { confineModules } = require("./modules.cjs");
const { log, patchConsole, setRequest } = require("./output.cjs");
const { installAwslambda, isStreaming, ResponseStream } = require("./stream.cjs");

const { sdkDir, taskRoot, optRoot } = JSON.parse(process.argv[2]);
const [authority, secret] = process.env.AWS_LAMBDA_RUNTIME_API.split("/");
const [hostname, port] = authority.split(":");
const api = `/${secret}/2018-06-01/runtime`;
const modern = process.env.AWS_EXECUTION_ENV === "AWS_Lambda_nodejs24.x";
process.argv.splice(1, 2, process.env._HANDLER);
// The function's modules have no main one and no siblings here: those are its own.
process.mainModule = undefined;
for (const file of Object.keys(require.cache)) delete require.cache[file];

const socket = connect(Number(port), hostname);
socket.setNoDelay(true);
// The group it is in is its environment's, whatever number the group has in here.
const die = () => process.kill(0, "SIGKILL");
socket.on("error", die);
socket.on("close", die);

/** What waits for an answer, in the order asked: the socket answers in order. */
const waiting = [];
/** The invocation under way: `{ id, finish, fail }`. */
let current = null;
let handler;

receive();
patchConsole();
installAwslambda();
confineModules(taskRoot, sdkDir, optRoot);
process.on("unhandledRejection", (reason) => {
  const message = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
  crash(Object.assign(new Error(message), { name: "Runtime.UnhandledPromiseRejection", stack: reason?.stack }));
});
process.on("uncaughtException", crash);
process.on("beforeExit", () => current?.idle());

void begin();

async function begin() {
  try {
    handler = await loadHandler(taskRoot, process.env._HANDLER);
    if (modern && typeof handler === "function" && handler.length >= 3 && !isStreaming(handler))
      throw Object.assign(
        new Error(
          "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.",
        ),
        { name: "Runtime.CallbackHandlerDeprecated" },
      );
    socket.write(nextRequest());
    waiting.push(invoke);
  } catch (error) {
    initFailed(error);
  }
}

function nextRequest() {
  const { maxRSS } = process.resourceUsage();
  return `GET ${api}/invocation/next HTTP/1.1\r\nHost: ${authority}\r\nFreehold-Max-Rss-Kb: ${maxRSS}\r\n\r\n`;
}

function head(path, length, extra = "") {
  return `POST ${api}${path} HTTP/1.1\r\nHost: ${authority}\r\nContent-Type: application/json\r\n${extra}Content-Length: ${length}\r\n\r\n`;
}

function initFailed(error) {
  log("ERROR", errorLine(error, "Uncaught Exception"));
  const body = JSON.stringify(errorBody(error, "stackTrace"));
  waiting.push(() => process.exit(1));
  const type = `Lambda-Runtime-Function-Error-Type: ${errorBody(error).errorType.replace(/[^\w.]/g, "_")}\r\n`;
  socket.write(head("/init/error", Buffer.byteLength(body), type) + body);
}

/** One invocation: calls the handler in its own style and answers once. */
function invoke({ headers, body }) {
  const id = headers["lambda-runtime-aws-request-id"];
  setRequest(id);
  if (headers["lambda-runtime-trace-id"]) process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  // The socket alone must not count as work: what is left undone shows as an empty event loop.
  socket.unref();
  let stream = null;
  const once = (then) => (value) => {
    if (current?.id !== id) return;
    current = null;
    socket.ref();
    then(value);
  };
  const finish = once((value) => (stream ? stream.finish() : answer(id, value)));
  const fail = once((error) => {
    log("ERROR", errorLine(error, "Invoke Error"));
    if (stream?.started) stream.fail(errorBody(error));
    else answerError(id, error);
  });
  current = { id, finish, fail, idle: () => finish(null) };
  const context = makeContext(headers, id, { finish, fail });
  let event;
  try {
    event = JSON.parse(body.toString("utf8"));
  } catch (error) {
    fail(error);
    return;
  }
  if (isStreaming(handler))
    stream = new ResponseStream(socket, `${api}/invocation/${id}/response`, authority, { answered, askOn });
  callHandler(event, context, stream, { finish, fail });
}

function callHandler(event, context, stream, { finish, fail }) {
  const callback = (error, value) => {
    if (error) return fail(error);
    if (!context.callbackWaitsForEmptyEventLoop) return finish(value);
    // As on AWS, the answer waits until nothing is left to do.
    if (current?.id === context.awsRequestId) current.idle = () => finish(value);
  };
  try {
    const result = stream ? handler(event, stream, context) : handler(event, context, callback);
    if (result && typeof result.then === "function") result.then(stream ? () => finish() : finish, fail);
    else if (modern || stream) finish(result);
  } catch (error) {
    fail(error);
  }
}

function answer(id, value) {
  let text;
  try {
    text = JSON.stringify(value === undefined ? null : value) ?? "null";
  } catch (error) {
    answerError(
      id,
      Object.assign(new Error(`Unable to stringify response body: ${error.message}`), { name: "Runtime.MarshalError" }),
    );
    return;
  }
  send(head(`/invocation/${id}/response`, Buffer.byteLength(text)), text);
}

function answerError(id, error) {
  const body = errorBody(error);
  const text = JSON.stringify(body);
  const type = `Lambda-Runtime-Function-Error-Type: ${body.errorType.replace(/[^\w.]/g, "_")}\r\n`;
  send(head(`/invocation/${id}/error`, Buffer.byteLength(text), type), text);
}

/** The answer and the next question travel together: one write, one turn less. */
function send(headText, text) {
  socket.cork();
  socket.write(headText);
  socket.write(text);
  afterAnswer();
  socket.uncork();
}

function afterAnswer() {
  answered();
  askOn();
}

function answered() {
  waiting.push(() => undefined);
}

function askOn() {
  waiting.push(invoke);
  socket.write(nextRequest());
}

/** An error nobody caught ends the invocation and the environment, as on Lambda. */
function crash(error) {
  log("ERROR", errorLine(error, "Uncaught Exception"));
  if (!current) process.exit(129);
  const { id } = current;
  current = null;
  const body = errorBody(error);
  const text = JSON.stringify(body);
  waiting.push(() => process.exit(129));
  const type = `Lambda-Runtime-Function-Error-Type: ${body.errorType.replace(/[^\w.]/g, "_")}\r\n`;
  socket.write(head(`/invocation/${id}/error`, Buffer.byteLength(text), type) + text);
  setTimeout(() => process.exit(129), 1000);
}

function makeContext(headers, id, { finish, fail }) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const parse = (text) => (text ? JSON.parse(text) : undefined);
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse(headers["lambda-runtime-client-context"]),
    identity: parse(headers["lambda-runtime-cognito-identity"]),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: id,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  if (modern) return context;
  return Object.assign(context, {
    succeed: finish,
    fail,
    done: (error, value) => (error ? fail(error) : finish(value)),
  });
}

/** HTTP/1.1 answers with a content-length, one after another; our parent sends no others. */
function receive() {
  let chunks = [];
  let size = 0;
  let answerHead = null;
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    for (;;) {
      if (!answerHead) {
        if (chunks.length > 1) chunks = [Buffer.concat(chunks)];
        const end = chunks[0]?.indexOf("\r\n\r\n") ?? -1;
        if (end < 0) return;
        answerHead = parseHead(chunks[0].toString("latin1", 0, end));
        chunks = [chunks[0].subarray(end + 4)];
        size -= end + 4;
      }
      const { length } = answerHead;
      if (size < length) return;
      const all = chunks.length > 1 ? Buffer.concat(chunks) : chunks[0];
      const { headers } = answerHead;
      answerHead = null;
      chunks = size > length ? [all.subarray(length)] : [];
      size -= length;
      waiting.shift()?.({ headers, body: all.subarray(0, length) });
      if (size === 0) return;
    }
  });
}

function parseHead(text) {
  const headers = {};
  for (const line of text.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, length: Number(headers["content-length"] ?? 0) };
}
