/**
 * Packages as programs name them: by plugin and version, or by the reference a registered package got. A parameterized
 * package is another package's plugin told to stand for it; state keeps which in the provider's `__internal` input, in
 * Pulumi's own form.
 */
import grpc from "@grpc/grpc-js";
import type { RegisterPackageRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import type { Parameters } from "../provider.ts";
import type { PropertyMap } from "../value.ts";
import { isMap } from "../values/values.ts";
import { checksumsOf } from "./options.ts";
import { ServiceFailure } from "./services.ts";

/** Which plugin, and what it stands for. */
export interface PluginRequest {
  /** The plugin's own package. */
  name: string;
  version?: string;
  downloadUrl?: string;
  /** `linux-amd64` to sha256, hex. */
  checksums?: { [platform: string]: string };
  parameters?: Parameters;
}

/** The package resources of this request belong to. */
export function packageFor(request: PluginRequest): string {
  return request.parameters?.name ?? request.name;
}

/** Its version as resources see it. */
export function versionFor(request: PluginRequest): string | undefined {
  return request.parameters?.version ?? request.version;
}

/** As version texts are in names: `1.2.3-rc.1+b` is `1_2_3_rc_1_b`. */
export function defaultName(request: PluginRequest): string {
  const version = versionFor(request)?.replace(/[.+-]/g, "_");
  const url = request.downloadUrl
    ?.split("/")
    .filter(Boolean)
    .map((part) => part.replace(/^[^A-Za-z0-9_.-]|(?<=.)[^A-Za-z0-9_.-]/g, "_"))
    .join("/");
  return ["default", version, url].filter(Boolean).join("_");
}

/** The program's to deal with: nothing has been asked of a provider yet. */
function failure(text: string): ServiceFailure {
  return new ServiceFailure(grpc.status.UNKNOWN, text);
}

const semver = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

export class Packages {
  private readonly byReference = new Map<string, PluginRequest>();
  private readonly references = new Map<string, string>();
  private readonly newReference: () => string;

  constructor(newReference: () => string) {
    this.newReference = newReference;
  }

  /** The same package has the same reference. */
  register(request: RegisterPackageRequest): string {
    if (request.getName() === "") throw failure("package name is empty");
    if (request.hasExtension$())
      throw failure(
        `package '${request.getName()}' is registered with an extension, which is not supported by this engine`,
      );
    const found = pluginRequest(request);
    const key = JSON.stringify(found, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    );
    const known = this.references.get(key);
    if (known) return known;
    const reference = this.newReference();
    this.references.set(key, reference);
    this.byReference.set(reference, found);
    return reference;
  }

  get(reference: string): PluginRequest {
    const found = this.byReference.get(reference);
    if (!found) throw failure(`unknown provider package '${reference}'`);
    return found;
  }
}

function pluginRequest(request: RegisterPackageRequest): PluginRequest {
  const version = checkedVersion("package", request.getVersion());
  const checksums = checksumsOf(request.getChecksumsMap());
  const given = request.getParameterization();
  return {
    name: request.getName(),
    ...(version ? { version } : {}),
    ...(request.getDownloadUrl() ? { downloadUrl: request.getDownloadUrl() } : {}),
    ...(Object.keys(checksums).length > 0 ? { checksums } : {}),
    ...(given
      ? {
          parameters: {
            name: given.getName(),
            version: checkedVersion("parameter", given.getVersion()) ?? "",
            value: given.getValue_asU8(),
          },
        }
      : {}),
  };
}

function checkedVersion(what: string, version: string): string | undefined {
  if (version !== "" && !semver.test(version)) throw failure(`parse ${what} version ${version}: no valid version`);
  return version || undefined;
}

/** The inputs of a provider resource, saying which plugin it is of. */
export function withPlugin(inputs: PropertyMap, request: PluginRequest): PropertyMap {
  const version = versionFor(request);
  const known = inputs["__internal"];
  const internal: PropertyMap = isMap(known) ? { ...known } : {};
  if (request.downloadUrl) internal["pluginDownloadURL"] = request.downloadUrl;
  if (request.checksums) internal["pluginChecksums"] = { ...request.checksums };
  if (request.parameters) {
    internal["name"] = request.name;
    if (request.version) internal["version"] = request.version;
    internal["parameterization"] = Buffer.from(request.parameters.value).toString("base64");
  }
  return {
    ...inputs,
    ...(version ? { version } : {}),
    // Pulumi writes it with every version, empty or not.
    ...(version || Object.keys(internal).length > 0 ? { __internal: internal } : {}),
  };
}

/** What `withPlugin` wrote, read again. `pkg` is the package of the provider's type. */
export function pluginOf(pkg: string, inputs: PropertyMap, version?: string): PluginRequest {
  const internal = isMap(inputs["__internal"]) ? inputs["__internal"] : {};
  const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
  const own = text(inputs["version"]) ?? version;
  const downloadUrl = text(internal["pluginDownloadURL"]) ?? text(inputs["pluginDownloadURL"]);
  const parameterization = internal["parameterization"];
  if (typeof parameterization !== "string") return { name: pkg, version: own, downloadUrl };
  return {
    name: text(internal["name"]) ?? pkg,
    version: text(internal["version"]),
    downloadUrl,
    parameters: { name: pkg, version: own ?? "", value: Buffer.from(parameterization, "base64") },
  };
}
