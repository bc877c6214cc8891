/**
 * `awslambda.streamifyResponse` and `awslambda.HttpResponseStream`, as Lambda's runtime has them: a handler's writes
 * become chunks of one request to the Runtime API, with the socket's backpressure. A handler may go on after its answer's
 * end: the next event is asked for when it is done, as on Lambda.
 */
"use strict";
const { Writable } = require("node:stream");
const { isPromise } = require("node:util/types");

const streaming = Symbol.for("aws.lambda.runtime.handler.streaming");
const integration = "application/vnd.awslambda.http-integration-response";

function isStreaming(handler) {
  return handler?.[streaming] === "response";
}

function installAwslambda() {
  globalThis.awslambda = {
    ...globalThis.awslambda,
    streamifyResponse(handler) {
      handler[streaming] = "response";
      return handler;
    },
    HttpResponseStream: {
      /** Sends status, headers and cookies before the first byte: JSON, then eight NULs. */
      from(stream, prelude) {
        if (isPromise(prelude)) throw new TypeError("the prelude must not be a promise");
        stream.setContentType(integration);
        stream.beforeFirstWrite = () => Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]);
        return stream;
      },
    },
  };
}

class ResponseStream extends Writable {
  started = false;
  beforeFirstWrite = null;
  #contentType = "application/octet-stream";
  #socket;
  #path;
  #authority;
  #answered;
  #askOn;
  #held = false;
  #ended = false;
  #settled = false;

  /** `answered` is called with the end of the request, `askOn` when the handler is done, too. */
  constructor(socket, path, authority, { answered, askOn }) {
    super({ highWaterMark: 64 * 1024, decodeStrings: true });
    this.#socket = socket;
    this.#path = path;
    this.#authority = authority;
    this.#answered = answered;
    this.#askOn = askOn;
  }

  setContentType(contentType) {
    this.#contentType = String(contentType).replace(/[\r\n]/g, " ");
  }

  _write(chunk, _encoding, done) {
    this.#hold();
    this.#start();
    const free = chunk.length === 0 || this.#frame(chunk);
    if (free) done();
    else this.#socket.once("drain", done);
  }

  _final(done) {
    this.#close("");
    done();
  }

  /** The handler is done: ends the stream when the handler did not. */
  finish() {
    this.#settle();
    if (!this.writableEnded) this.end();
  }

  /** An error after the first byte travels in the trailers. */
  fail(body) {
    const encoded = Buffer.from(JSON.stringify(body)).toString("base64");
    const type = body.errorType.replace(/[^\w.]/g, "_");
    this.#settle();
    this.#close(`Lambda-Runtime-Function-Error-Type: ${type}\r\nLambda-Runtime-Function-Error-Body: ${encoded}\r\n`);
    this.destroy();
  }

  /** What is written in one turn travels together: the other side is woken once. */
  #hold() {
    if (this.#held) return;
    this.#held = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#held = false;
      this.#socket.uncork();
    });
  }

  #settle() {
    this.#settled = true;
    if (this.#ended) this.#askOn();
  }

  #start() {
    if (this.started) return;
    this.started = true;
    this.#socket.write(
      `POST ${this.#path} HTTP/1.1\r\nHost: ${this.#authority}\r\nContent-Type: ${this.#contentType}\r\n` +
        "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n" +
        "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n",
    );
    if (this.beforeFirstWrite) this.#frame(this.beforeFirstWrite());
  }

  #frame(chunk) {
    this.#socket.write(`${chunk.length.toString(16)}\r\n`);
    this.#socket.write(chunk);
    return this.#socket.write("\r\n");
  }

  #close(trailers) {
    if (this.#ended) return;
    this.#hold();
    this.#start();
    this.#ended = true;
    this.#socket.write(`0\r\n${trailers}\r\n`);
    this.#answered();
    if (this.#settled) this.#askOn();
  }
}

module.exports = { isStreaming, installAwslambda, ResponseStream };
