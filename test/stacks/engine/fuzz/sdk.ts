/**
 * Registers a program of data (program.ts) with a resource monitor, as an SDK does: each resource once what it refers
 * to is there, several at a time or one after the other. Keeps what it sent, by URN, for the model to compare with.
 */
import resourcePb, {
  type ReadResourceResponse,
  type RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { container, needs, type Program, packageOf, rootUrn, type Spec, urnOf } from "./program.ts";
import type { PlainMap } from "./world.ts";

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The part of the engine's monitor that is used here. */
export interface Monitor {
  registerResource(request: resourcePb.RegisterResourceRequest): Promise<RegisterResourceResponse>;
  readResource(request: resourcePb.ReadResourceRequest): Promise<ReadResourceResponse>;
  registerResourceOutputs(request: resourcePb.RegisterResourceOutputsRequest): Promise<unknown>;
  signalAndWaitForShutdown(request: emptyPb.Empty): Promise<unknown>;
}

/** What was asked for, secrets as `{ secret }`. */
export interface Sent {
  spec: Spec;
  inputs: PlainMap;
  dependencies: string[];
  propertyDependencies: { [property: string]: string[] };
  /** `URN::ID` as far as the program says one. */
  provider?: string;
}

export interface ProgramRun {
  program: Program;
  sequential: boolean;
  throwsAfter?: number;
  sent: Map<string, Sent>;
}

interface Registered {
  spec: Spec;
  urn: string;
  id: string;
  /** As on the wire: secrets have their signature. */
  outputs: PlainMap;
  /** Nothing may be made of it: it failed, or something it needs did. */
  failed: boolean;
}

export async function runProgram(monitor: Monitor, run: ProgramRun): Promise<void> {
  const { program } = run;
  await registerRoot(monitor);
  const registered = new Map<number, Promise<Registered>>();
  const all: Promise<Registered>[] = [];
  let count = 0;
  for (const spec of program.specs) {
    if (count++ === run.throwsAfter) {
      await Promise.allSettled(all);
      throw new Error("the program threw");
    }
    const one = registerOne(monitor, run, spec, registered);
    registered.set(spec.key, one);
    all.push(one);
    if (run.sequential) await one;
  }
  await Promise.all(all);
  for (const spec of program.specs.filter(({ kind }) => kind === "component")) {
    const { urn, failed } = await registered.get(spec.key)!;
    if (!failed) await outputs(monitor, urn, { value: spec.value });
  }
  await outputs(monitor, rootUrn, {
    count: program.specs.length,
    password: { [signature]: secretSignature, value: "s3cr3t-output" },
  });
  await monitor.signalAndWaitForShutdown(new emptyPb.Empty());
}

async function registerRoot(monitor: Monitor): Promise<void> {
  const request = new resourcePb.RegisterResourceRequest();
  request.setType("pulumi:pulumi:Stack");
  request.setName(rootUrn.split("::").at(-1)!);
  request.setAcceptsecrets(true);
  await monitor.registerResource(request);
}

async function outputs(monitor: Monitor, urn: string, values: PlainMap): Promise<void> {
  const request = new resourcePb.RegisterResourceOutputsRequest();
  request.setUrn(urn);
  request.setOutputs(structPb.Struct.fromJavaScript(values));
  await monitor.registerResourceOutputs(request);
}

async function registerOne(
  monitor: Monitor,
  run: ProgramRun,
  spec: Spec,
  registered: Map<number, Promise<Registered>>,
): Promise<Registered> {
  const { program } = run;
  const inside = container(program, spec);
  const needed = new Set([...needs(spec), ...(inside ? [inside.key] : [])]);
  const known = new Map<number, Registered>();
  for (const key of needed) known.set(key, await registered.get(key)!);
  const urn = urnOf(program, spec);
  if ([...known.values()].some(({ failed }) => failed)) return { spec, urn, id: "", outputs: {}, failed: true };
  if (spec.kind === "read") return read(monitor, run, spec, known);
  const sent = compose(program, spec, known);
  run.sent.set(urn, sent);
  const response = await monitor.registerResource(requestFor(spec, known, sent));
  return {
    spec,
    urn: response.getUrn(),
    id: response.getId(),
    outputs: response.getObject()?.toJavaScript() ?? {},
    failed: response.getResult() !== 0,
  };
}

const kept = new Set(["ref0", "ref1", "ref2", "pin0", "pin1"]);

/** Inputs, and where each comes from. */
function compose(program: Program, spec: Spec, known: Map<number, Registered>): Sent {
  const inputs: PlainMap = {};
  const propertyDependencies: { [property: string]: string[] } = {};
  if (spec.kind === "provider") Object.assign(inputs, { region: `r${spec.region}`, zone: `z${spec.zone}` });
  if (spec.kind === "component") inputs["value"] = spec.value;
  if (spec.kind === "custom") {
    Object.assign(inputs, { value: spec.value, force: spec.force });
    if (spec.importing) inputs["key"] = spec.foreign;
    if (spec.type.endsWith(":Nested"))
      inputs["nested"] = { a: spec.nested, b: spec.nested % 2, list: [spec.nested, 1] };
    if (spec.type.endsWith(":Fixed")) inputs["key"] = `fixed-${spec.name}-${spec.parent ?? "top"}-${spec.type}`;
    if (spec.secret) inputs["secret"] = { [signature]: secretSignature, value: `s3cr3t-value-${spec.value}` };
  }
  const use = (property: string, to: number, output: string): void => {
    const target = known.get(to)!;
    if (!kept.has(property) && property !== "inside") throw new TypeError(`no such property: ${property}`);
    inputs[property] =
      target.spec.kind === "custom" || target.spec.kind === "read" ? (target.outputs[output] ?? null) : target.urn;
    propertyDependencies[property] = [target.urn];
  };
  for (const { property, to, out } of spec.refs) use(property, to, out);
  const inside = container(program, spec);
  if (inside && spec.kind === "custom") use("inside", inside.key, "arn");
  const dependsOn = spec.dependsOn.map((key) => known.get(key)!.urn);
  const dependencies = [...new Set([...dependsOn, ...Object.values(propertyDependencies).flat()])];
  for (const property of Object.keys(inputs)) propertyDependencies[property] ??= [];
  return { spec, inputs, dependencies, propertyDependencies };
}

function requestFor(spec: Spec, known: Map<number, Registered>, sent: Sent): resourcePb.RegisterResourceRequest {
  const request = new resourcePb.RegisterResourceRequest();
  const { options } = spec;
  request.setType(spec.type);
  request.setName(spec.name);
  request.setParent(spec.parent === undefined ? rootUrn : known.get(spec.parent)!.urn);
  request.setCustom(spec.kind !== "component");
  request.setObject(structPb.Struct.fromJavaScript(sent.inputs));
  request.setDependenciesList(sent.dependencies);
  for (const [property, urns] of Object.entries(sent.propertyDependencies)) {
    const dependencies = new resourcePb.RegisterResourceRequest.PropertyDependencies();
    dependencies.setUrnsList(urns);
    request.getPropertydependenciesMap().set(property, dependencies);
  }
  if (spec.provider !== undefined) {
    const { urn, id, spec: provider } = known.get(spec.provider)!;
    const reference = `${urn}::${id || unknownText}`;
    if (spec.kind === "component") request.getProvidersMap().set(packageOf(provider.type), reference);
    else request.setProvider(reference);
    sent.provider = reference;
  } else if (spec.kind === "custom") request.setVersion("1.0.0");
  if (options.protect !== undefined) request.setProtect(options.protect);
  if (options.retainOnDelete !== undefined) request.setRetainondelete(options.retainOnDelete);
  if (options.deleteBeforeReplace !== undefined) {
    request.setDeletebeforereplace(options.deleteBeforeReplace);
    request.setDeletebeforereplacedefined(true);
  }
  if (spec.kind === "custom") {
    request.setIgnorechangesList(options.ignoreChanges ?? []);
    request.setReplaceonchangesList(options.replaceOnChanges ?? []);
    if (options.secretOutputs) request.setAdditionalsecretoutputsList(["revision"]);
    if (options.timeouts) request.setCustomtimeouts(timeouts());
    if (options.trigger !== undefined) request.setReplacementTrigger(structPb.Value.fromJavaScript(options.trigger));
    if (spec.deletedWith !== undefined) request.setDeletedwith(known.get(spec.deletedWith)!.urn);
    if (spec.replaceWith !== undefined) request.setReplaceWithList([known.get(spec.replaceWith)!.urn]);
    if (spec.importing) request.setImportid(spec.foreign!);
  }
  request.setAliasurnsList(spec.aliases);
  request.setAcceptsecrets(true);
  request.setAcceptresources(true);
  request.setSupportspartialvalues(true);
  request.setSupportsresultreporting(true);
  request.setAliasspecs(true);
  return request;
}

function timeouts(): resourcePb.RegisterResourceRequest.CustomTimeouts {
  const result = new resourcePb.RegisterResourceRequest.CustomTimeouts();
  result.setCreate("5m");
  result.setDelete("1h30m");
  return result;
}

async function read(
  monitor: Monitor,
  { program, sent }: ProgramRun,
  spec: Spec,
  known: Map<number, Registered>,
): Promise<Registered> {
  const request = new resourcePb.ReadResourceRequest();
  request.setId(spec.foreign!);
  request.setType(spec.type);
  request.setName(spec.name);
  request.setParent(spec.parent === undefined ? rootUrn : known.get(spec.parent)!.urn);
  request.setVersion("1.0.0");
  request.setAcceptsecrets(true);
  request.setAcceptresources(true);
  const urn = urnOf(program, spec);
  sent.set(urn, { spec, inputs: {}, dependencies: [], propertyDependencies: {} });
  const response = await monitor.readResource(request);
  return {
    spec,
    urn: response.getUrn(),
    id: spec.foreign!,
    outputs: response.getProperties()?.toJavaScript() ?? {},
    failed: false,
  };
}

/** A value as it was sent or stored, without what marks secrets. */
export function opened(value: any): any {
  if (Array.isArray(value)) return value.map(opened);
  if (value === null || typeof value !== "object") return value;
  if (value[signature] === secretSignature) return opened(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, opened(item)]));
}

export const isSecret = (value: any): boolean =>
  value !== null && typeof value === "object" && value[signature] === secretSignature;
