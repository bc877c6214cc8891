/**
 * AWS's query protocol: a form with Action, Version and dotted names in, XML out. Knows no service: it is given a table
 * of operations. An operation nobody made answers InvalidAction and is logged by name.
 */
import { needsOf } from "../access/rows.ts";
import { admitForm, type InputRules, isKnown } from "../models/admit.ts";
import { type AccessTable, type Call, type LocalCloud, type Reply, type Service, ServiceError } from "../service.ts";
import { readAll } from "./aws-json.ts";
import { element, type XmlValue } from "./xml.ts";

/** Lists are arrays, structures are objects, leaves are strings as they came. */
export type QueryInput = { [name: string]: any };
export type QueryOperation = (input: QueryInput, call: Call) => XmlValue | undefined | Promise<XmlValue | undefined>;

export interface QueryServiceInit {
  name: string;
  /** `https://iam.amazonaws.com/doc/2010-05-08/` */
  namespace: string;
  version: string;
  operations: Readonly<Record<string, QueryOperation>>;
  /** Inputs are judged by the service's model. */
  inputRules: InputRules;
  /** Operations that need no signature. */
  unsigned?: ReadonlySet<string>;
  /** What each operation needs; one that is refused by name has no row. */
  access: AccessTable<QueryInput>;
}

const maxBodyBytes = 1024 * 1024;

export function queryService(cloud: LocalCloud, init: QueryServiceInit): Pick<Service, "name" | "handle" | "fail"> {
  const reply = (status: number, requestId: string, xml: string): Reply => ({
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: xml,
  });

  return {
    name: init.name,
    async handle(call) {
      const form = new URLSearchParams(call.method === "POST" ? await readAll(call, maxBodyBytes) : call.query);
      const action = form.get("Action") ?? "";
      if (!call.caller && !init.unsigned?.has(action))
        throw new ServiceError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
      if (action === "") throw new ServiceError("MissingAction", 400, "Missing Action");
      const run = Object.hasOwn(init.operations, action) ? init.operations[action] : undefined;
      if (!run) {
        cloud.log(`${init.name}: unknown operation ${JSON.stringify(action.slice(0, 100))}`);
        const shown = action.slice(0, 100);
        const why = isKnown(init.inputRules, action)
          ? `${shown} is not supported by this local cloud.`
          : `Could not find operation ${shown} for version ${init.version}`;
        throw new ServiceError("InvalidAction", 400, why);
      }
      const input = nested(form);
      admitForm(init.inputRules, action, input);
      cloud.access.require(call, needsOf(init.access, action, input, call));
      const result = await run(input, call);
      const body = `${result === undefined ? "" : element(`${action}Result`, result)}<ResponseMetadata>${element("RequestId", call.requestId)}</ResponseMetadata>`;
      return reply(200, call.requestId, `<${action}Response xmlns="${init.namespace}">${body}</${action}Response>`);
    },
    fail(error, call) {
      const said = { Type: error.status < 500 ? "Sender" : "Receiver", Code: error.code, Message: error.message };
      const body = `${element("Error", said)}${element("RequestId", call.requestId)}`;
      return reply(error.status, call.requestId, `<ErrorResponse xmlns="${init.namespace}">${body}</ErrorResponse>`);
    },
  };
}

/** `Tags.member.1.Key=a` -> { Tags: [{ Key: "a" }] }. Numbers only order a list; gaps are closed, as AWS does. */
export function nested(form: URLSearchParams): QueryInput {
  const root: Branch = new Map();
  for (const [name, value] of form) place(root, name.split("."), value);
  return plain(root) as QueryInput;
}

type Branch = Map<string, Branch | string>;

function place(branch: Branch, path: string[], value: string): void {
  const [head = "", ...rest] = path;
  if (rest.length === 0) {
    branch.set(head, value);
    return;
  }
  const next = branch.get(head);
  const inner: Branch = next instanceof Map ? next : new Map();
  branch.set(head, inner);
  place(inner, rest, value);
}

function plain(value: Branch | string): unknown {
  if (typeof value === "string") return value;
  const members = value.get("member");
  if (members instanceof Map && value.size === 1)
    return [...members].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => plain(item));
  // An empty list is sent as `Tags=`, which is a string; structures are the rest.
  return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]));
}
