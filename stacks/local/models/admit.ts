/**
 * What every request of a service passes before its operation: read by its shape, judged by its constraints, and refused
 * where it asks for what this cloud does not carry out. Knows no service; each brings its errors and its table.
 */
import { ServiceError } from "../service.ts";
import { brokenConstraints } from "./constraints.ts";
import { type Model, modelOf, operationOf, type Shape } from "./index.ts";
import { readShape } from "./read.ts";

export interface InputRules {
  /** The model's name: `logs`. */
  service: string;
  /** Broken constraints, in this service's error. */
  invalid(message: string): ServiceError;
  /** The service says of a list's elements that they must not be null, too. */
  elementsNotNull?: true;
  /** Its values are in no sentence, as IAM has it. */
  valuesUnsaid?: true;
  /** By operation, members whose constraints the operation tells by itself: AWS has another error for them. */
  judgedByOperation?: Readonly<Record<string, readonly string[]>>;
  /** What AWS has and this cloud does not, in an error no client tries again. */
  notServed(what: string): ServiceError;
  /** By operation, the members of its input that are not carried out: given, they are refused by name. */
  notCarried?: Readonly<Record<string, readonly string[]>>;
  /** By operation, members that change nothing on AWS either, or nothing here: each with the reason. */
  withoutEffect?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Whether AWS has it: what has no handler here is then refused by its name. */
export function isKnown({ service }: InputRules, operation: string): boolean {
  return operationOf(modelOf(service), operation) !== undefined;
}

/** The input of a JSON protocol's operation, as the handler may trust it. Throws AWS's errors. */
export function admitJson(inputRules: InputRules, operation: string, input: unknown): any {
  const model = modelOf(inputRules.service);
  const shape = operationOf(model, operation)?.input;
  if (shape === undefined) return {};
  const read = readShape(model, shape, input);
  judge(inputRules, model, operation, shape, read);
  return read;
}

/** Where a REST protocol puts the parts of an input. */
export interface RestInput {
  /** The path as it came, without the query. */
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string>>;
  /** The parsed body; of an operation whose body is one member's bytes, `{}`. */
  body: unknown;
}

/** The input of a REST protocol's operation, judged whole: the handler goes on with the request. Throws AWS's errors. */
export function admitRest(inputRules: InputRules, operation: string, given: RestInput): void {
  const model = modelOf(inputRules.service);
  const name = variantOf(model, operation, given.query);
  const { input: shapeName, http } = model.operations[name]!;
  if (shapeName === undefined) return;
  const shape = model.shapes[shapeName]!;
  const input = shape.payload === undefined ? readShape(model, shapeName, given.body) : {};
  const segments = given.path.split("/");
  const uri = (http!.requestUri.split("?")[0] ?? "").split("/");
  for (const [member, { shape: type, location, locationName = member }] of Object.entries(shape.members!)) {
    if (location === "uri") input[member] = decoded(segments[uri.indexOf(`{${locationName}}`)] ?? "");
    else if (location === "header") input[member] = given.headers[locationName.toLowerCase()];
    else if (location === "querystring") input[member] = textOf(model.shapes[type]!, given.query.getAll(locationName));
  }
  checkTexts(model, shape, input, "SerializationException");
  // Bytes of a body are the operation's own to read.
  if (shape.payload !== undefined) input[shape.payload] = "";
  judge(inputRules, model, name, shapeName, input);
}

/** Operations that share method and path are told apart by a parameter: `?List=ALL`. */
function variantOf(model: Model, operation: string, query: URLSearchParams): string {
  const { method, requestUri } = model.operations[operation]!.http!;
  const path = requestUri.split("?")[0]!;
  const asked = [...query].map(([name, value]) => `${name}=${value}`);
  const said = (name: string): boolean => {
    const { http } = model.operations[name]!;
    return http?.method === method && asked.some((parameter) => http.requestUri === `${path}?${parameter}`);
  };
  return (asked.length > 0 && Object.keys(model.operations).find(said)) || operation;
}

function textOf({ type }: Shape, said: string[]): unknown {
  if (type !== "list") return said[0];
  return said.length > 0 ? said : undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The same for texts: the query protocol's form. Values stay texts, as the operations take them. */
export function admitForm(inputRules: InputRules, operation: string, input: any): void {
  const model = modelOf(inputRules.service);
  const shape = operationOf(model, operation)?.input;
  if (shape === undefined) return;
  checkTexts(model, model.shapes[shape]!, input, "MalformedInput");
  judge(inputRules, model, operation, shape, input);
}

function judge(inputRules: InputRules, model: Model, operation: string, shape: string, input: any): void {
  const without = inputRules.judgedByOperation?.[operation];
  const broken = brokenConstraints(model, shape, input, { ...inputRules, without });
  if (broken !== undefined) throw inputRules.invalid(broken);
  const refused = inputRules.notCarried?.[operation]?.find((name) => isGiven(input[name]));
  if (refused !== undefined) throw inputRules.notServed(refused);
}

/** Empty lists and structures ask for nothing; neither does false. */
export function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

const texts: Partial<Record<Shape["type"], RegExp>> = {
  integer: /^[+-]?\d{1,10}$/,
  long: /^[+-]?\d{1,19}$/,
  boolean: /^(true|false)$/i,
};

/** Numbers and booleans come as text here; what is none cannot be read. */
function checkTexts(model: Model, shape: Shape, value: any, code: string): void {
  if (shape.type === "structure" && typeof value === "object")
    for (const [name, member] of Object.entries(shape.members!))
      if (Object.hasOwn(value, name)) checkTexts(model, model.shapes[member.shape]!, value[name], code);
  if (shape.type === "list" && Array.isArray(value))
    for (const one of value) checkTexts(model, model.shapes[shape.member!.shape]!, one, code);
  const form = texts[shape.type];
  if (form && typeof value === "string" && value !== "" && !form.test(value))
    throw new ServiceError(code, 400, `Invalid ${shape.type}: ${value.slice(0, 100)}`);
}
