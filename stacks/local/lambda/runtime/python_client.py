"""The Python runtime client: the Lambda Runtime API over http.client, handlers as Lambda calls them.

Self-contained, standard library only. Holds no policy: limits, timeouts and credentials are its parent's.
"""

import decimal
import http.client
import importlib
import json
import logging
import os
import resource
import signal
import sys
import time
import traceback
import types

TASK_ROOT = sys.argv[1]
OPT_ROOT = sys.argv[2] if len(sys.argv) > 2 else None
AUTHORITY, _, SECRET = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
API = f"/{SECRET}/2018-06-01/runtime"
JSON_TYPE = {"Content-Type": "application/json"}
JSON_LOGS = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50}
request_id = ""


def put(message):
    """One framed message: one log event, however many lines."""
    data = message.encode("utf-8", "replace")
    os.write(1, b"\x1e%d\n" % len(data) + data)


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


class LogHandler(logging.Handler):
    def emit(self, record):
        at = f"{moment(record.created)}.{int(record.msecs):03d}Z"
        put(f"[{record.levelname}]\t{at}\t{request_id}\t{self.format(record)}")


PLAIN_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


class JsonLogHandler(logging.Handler):
    """One JSON object an event: the message, what `extra` brought, and the exception in parts."""

    def emit(self, record):
        entry = {
            "timestamp": f"{moment(record.created)}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        entry.update((name, value) for name, value in vars(record).items() if name not in PLAIN_RECORD)
        if record.exc_info and record.exc_info[0]:
            kind, error, trace = record.exc_info
            entry["stackTrace"] = traceback.format_tb(trace)
            entry["errorType"], entry["errorMessage"] = kind.__name__, str(error)
            entry["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        entry["requestId"] = request_id
        put(json.dumps(entry, default=str, ensure_ascii=False))


class Context:
    def __init__(self, headers):
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = types.SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        client_context = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = make_client_context(json.loads(client_context)) if client_context else None

    def log(self, message):
        put(str(message))

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))


def make_client_context(given):
    names = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]
    client = given.get("client")
    return types.SimpleNamespace(
        custom=given.get("custom"),
        env=given.get("env"),
        client=types.SimpleNamespace(**{name: client.get(name) for name in names}) if client else None,
    )


def number(value):
    """Decimals, which boto3's tables hand out, are numbers in an answer."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def error_body(error, error_type=None):
    trace = traceback.format_exception(type(error), error, error.__traceback__)[1:-1]
    return {
        "errorMessage": str(error),
        "errorType": error_type or type(error).__name__,
        "requestId": request_id,
        "stackTrace": trace,
    }


def post(connection, path, body, error_type=None):
    headers = dict(JSON_TYPE)
    if error_type:
        headers["Lambda-Runtime-Function-Error-Type"] = error_type
    connection.request("POST", API + path, body, headers)
    connection.getresponse().read()


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise_as("Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise_as("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        raise_as("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}")
    handler = getattr(module, function_name, None)
    if not callable(handler):
        raise_as("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return handler


class RuntimeFailure(Exception):
    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


def raise_as(error_type, message):
    raise RuntimeFailure(error_type, message)


def report(error, error_type=None):
    body = error_body(error, error_type)
    if JSON_LOGS:
        put(json.dumps({"timestamp": f"{moment(time.time())}Z", "log_level": "ERROR", **body}, ensure_ascii=False))
        return json.dumps(body), body["errorType"]
    put("[ERROR] %s: %s\nTraceback (most recent call last):\n%s" % (
        body["errorType"], body["errorMessage"], "".join(body["stackTrace"])))
    return json.dumps(body), body["errorType"]


def answer(connection, handler, headers, payload):
    path = f"/invocation/{request_id}"
    try:
        result = handler(json.loads(payload), Context(headers))
    except Exception as error:  # whatever the function raises is its answer
        body, error_type = report(error)
        return post(connection, path + "/error", body, error_type)
    try:
        text = json.dumps(result, ensure_ascii=False, default=number)
    except (TypeError, ValueError) as error:
        body, error_type = report(RuntimeFailure("", f"Unable to marshal response: {error}"), "Runtime.MarshalError")
        return post(connection, path + "/error", body, error_type)
    post(connection, path + "/response", text.encode())


def main():
    global request_id
    layers = []
    if OPT_ROOT:
        version = os.environ["AWS_EXECUTION_ENV"].rpartition("_")[2]
        layers = [f"{OPT_ROOT}/python/lib/{version}/site-packages", f"{OPT_ROOT}/python"]
    sys.path[0:0] = [TASK_ROOT, *layers]
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]
    logging.getLogger().addHandler(JsonLogHandler() if JSON_LOGS else LogHandler())
    if JSON_LOGS:
        logging.getLogger().setLevel(LEVELS.get(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"), logging.INFO))
    connection = http.client.HTTPConnection(AUTHORITY)
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        body, error_type = report(error, getattr(error, "error_type", None))
        post(connection, "/init/error", body, error_type)
        sys.exit(1)
    while True:
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
        connection.request("GET", API + "/invocation/next", headers={"Freehold-Max-Rss-Kb": str(used)})
        response = connection.getresponse()
        payload = response.read()
        if response.status != 200:
            break
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = response.headers.get("Lambda-Runtime-Trace-Id", "")
        answer(connection, handler, response.headers, payload)
        sys.stdout.flush()


try:
    main()
except (ConnectionError, http.client.HTTPException):
    # The parent is gone: so is what this function started.
    os.killpg(os.getpgrp(), signal.SIGKILL)
