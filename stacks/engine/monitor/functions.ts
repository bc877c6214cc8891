/** Invokes, reads and questions after existence: decoded, asked, encoded. No state of ours is changed by them. */
import type {
  ExistsResourceRequest,
  ExistsResourceResponse,
  ReadResourceRequest,
  ReadResourceResponse,
  ResourceInvokeRequest,
  ResourceInvokeResponse,
} from "@pulumi/pulumi/proto/resource_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import { exists, getResource, invoke, readResource } from "../deployment/reads.ts";
import { unknown } from "../value.ts";
import { unknownText } from "../values/signatures.ts";
import { packageOf, parseUrn } from "../values/urn.ts";
import { decodeStruct, encodeStruct } from "../values/wire.ts";
import { failureMessage } from "./components.ts";
import type { MonitorSession } from "./monitor-session.ts";
import { checksumsOf } from "./options.ts";
import { flattenMap } from "./outputs.ts";
import type { PluginRequest } from "./packages.ts";
import { badRequest } from "./services.ts";

/** What the requests here say of the plugin, all in the same words. */
interface Asks {
  getPackageref(): string;
  getVersion(): string;
  getPlugindownloadurl(): string;
  getPluginchecksumsMap(): { forEach(visit: (value: Uint8Array | string, key: string) => void): void };
}

function pluginFor(s: MonitorSession, type: string, request: Asks): PluginRequest {
  if (request.getPackageref() !== "") return s.packages.get(request.getPackageref());
  const checksums = checksumsOf(request.getPluginchecksumsMap());
  return {
    name: packageOf(type),
    ...(request.getVersion() ? { version: request.getVersion() } : {}),
    ...(request.getPlugindownloadurl() ? { downloadUrl: request.getPlugindownloadurl().replace(/\/$/, "") } : {}),
    ...(Object.keys(checksums).length > 0 ? { checksums } : {}),
  };
}

function checkUrns(what: string, urns: string[]): void {
  const bad = urns.find((urn) => urn !== "" && !parseUrn(urn));
  if (bad !== undefined) throw badRequest(`invalid ${what} URN: ${bad}`);
}

export async function onRead(s: MonitorSession, request: ReadResourceRequest): Promise<ReadResourceResponse> {
  checkUrns("parent", [request.getParent()]);
  checkUrns("dependency", request.getDependenciesList());
  const id = request.getId();
  const reading = readResource(s.deployment, {
    id: id === unknownText ? unknown : id,
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() || undefined,
    inputs: flattenMap(decodeStruct(request.getProperties())),
    dependencies: request.getDependenciesList(),
    provider: request.getProvider() || undefined,
    version: request.getVersion() || undefined,
    plugin: pluginFor(s, request.getType(), request),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  });
  s.tracker.begun(request.getParent(), reading);
  const state = await reading;
  s.tracker.settled(state.urn, request.getParent(), true, true);
  const response = new resourcePb.ReadResourceResponse();
  response.setUrn(state.urn);
  response.setProperties(
    encodeStruct(state.outputs, {
      secrets: request.getAcceptsecrets(),
      resources: request.getAcceptresources(),
      bytes: request.getAcceptsByteString(),
    }),
  );
  return response;
}

export async function onInvoke(s: MonitorSession, request: ResourceInvokeRequest): Promise<ResourceInvokeResponse> {
  const d = s.deployment;
  const token = request.getTok();
  const parent = request.getParent() || undefined;
  checkUrns("parent", [request.getParent()]);
  checkUrns("dependsOn", request.getDependsonList());
  const plugin = pluginFor(s, token, request);
  const given = await s.transforms.invoke(token, decodeStruct(request.getArgs()), {
    provider: d.explicitProvider({ type: token, provider: request.getProvider() || undefined, providers: {}, parent }),
    version: plugin.version,
    pluginDownloadURL: plugin.downloadUrl,
    pluginChecksums: plugin.checksums ?? {},
  });
  const response = new resourcePb.ResourceInvokeResponse();
  if (await s.tracker.hasUnmade(request.getDependsonList())) return response.setUnknown(true);
  const args = flattenMap(given.args);
  const named: PluginRequest =
    request.getPackageref() !== ""
      ? plugin
      : { ...plugin, version: given.options.version, downloadUrl: given.options.pluginDownloadURL };
  const own = token === "pulumi:pulumi:getResource";
  const answer = own
    ? await getResource(d, args)
    : await invoke(d, { token, args, provider: given.options.provider, parent, plugin: named });
  response.setUnknown(answer.unknown);
  response.setReturn(
    encodeStruct(answer.result, {
      secrets: true,
      resources: own || request.getAcceptresources(),
      outputs: request.getAcceptOutputValues(),
      bytes: request.getAcceptsByteString(),
    }),
  );
  response.setFailuresList(answer.failures.map(failureMessage));
  return response;
}

export async function onExists(s: MonitorSession, request: ExistsResourceRequest): Promise<ExistsResourceResponse> {
  checkUrns("parent", [request.getParent()]);
  const id = request.getId();
  const found = await exists(s.deployment, {
    id: id === unknownText ? unknown : id,
    type: request.getType(),
    parent: request.getParent() || undefined,
    inputs: flattenMap(decodeStruct(request.getProperties())),
    provider: request.getProvider() || undefined,
    plugin: pluginFor(s, request.getType(), request),
  });
  const response = new resourcePb.ExistsResourceResponse();
  response.setExists(found === true);
  response.setUnknown(found === undefined);
  return response;
}
