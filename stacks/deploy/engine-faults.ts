/** What can go wrong with the choice of an engine, and whose move it is. */
import { Fault } from "../../blueprints/fault.ts";

export const engineFaults = {
  missing: (file: string, why: string, cause?: unknown) =>
    new Fault({
      code: "engine-missing",
      summary: "The official Pulumi cannot be started",
      detail: `${file}: ${why}. Nothing was changed. With the embedded engine the cloud goes on without it.`,
      next: "freehold engine use embedded",
      cause,
    }),
  version: (file: string, version: string, oldest: string) =>
    new Fault({
      code: "engine-version",
      summary: "This Pulumi cannot be driven",
      detail: `${file} says that it is ${version || "of no version"}. Version ${oldest} or later is needed, below the next whole one. Nothing was changed.`,
      next: "freehold engine use official --pulumi FILE",
    }),
  unreachable: (version: string, why: string, cause?: unknown) =>
    new Fault({
      code: "engine-unreachable",
      summary: "Pulumi could not be fetched",
      detail: `Pulumi ${version} comes from get.pulumi.com, which this computer does not reach: ${why}. Nothing was changed; the embedded engine needs nothing from there. One that was fetched elsewhere is taken with --pulumi FILE.`,
      next: "freehold engine use embedded",
      cause,
    }),
  pluginUnreachable: (plugin: string, why: string, cause?: unknown) =>
    new Fault({
      code: "engine-unreachable",
      summary: "Pulumi's own plugin could not be fetched",
      detail: `The ${plugin} comes from get.pulumi.com or github.com, and did not: ${why}. Nothing was changed. Freehold's own provider needs nothing from there; a plugin that pulumi installed elsewhere is taken from PULUMI_HOME.`,
      next: "freehold engine use official --provider freehold",
      cause,
    }),
  unfinished: (stack: string, urns: readonly string[], cloud: string) =>
    new Fault({
      code: "engine-unfinished",
      summary: "An operation was cut off in the middle",
      detail: `What became of this is not known (stack ${stack}), and the official engine would not look: ${names(urns)}. The embedded engine does; with it, the command that was cut off goes on.`,
      next: `freehold engine use embedded --cloud ${cloud}`,
    }),
  differs: (engine: string, differences: readonly string[]) =>
    new Fault({
      code: "engine-differs",
      summary: "The other engine would change something",
      detail: [
        `A preview with the ${engine} engine is not empty, so the engine stays as it was, and nothing was changed:`,
        ...differences.map((one) => `  ${one}`),
        "What is to be changed anyway goes up first, with the engine that there is.",
      ].join("\n"),
      next: "freehold up",
    }),
  cannotRead: (engine: string, stack: string, why: string, cause: unknown) =>
    new Fault({
      code: "engine-refuses",
      summary: "The other engine cannot go on with this state",
      detail: `The ${engine} engine did not preview the stack ${stack}, so the engine stays as it was, and nothing was changed: ${why}`,
      next: `freehold state verify ${stack}`,
      cause,
    }),
};

const names = (urns: readonly string[]): string => urns.map((urn) => urn.split("::").slice(2).join(" ")).join(", ");
