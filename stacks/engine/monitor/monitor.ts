/**
 * Pulumi's ResourceMonitor service for one program run: a table of methods, each of which decodes, hands to the
 * deployment and encodes. What is promised is in features.ts.
 */
import grpc from "@grpc/grpc-js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Deployment } from "../deployment/deployment.ts";
import { Bail, messageOf } from "../diagnosis.ts";
import { Malformed } from "../values/wire.ts";
import { Callbacks } from "./callbacks.ts";
import { onCall } from "./components.ts";
import { features } from "./features.ts";
import { onExists, onInvoke, onRead } from "./functions.ts";
import { Hooks } from "./hooks.ts";
import type { MonitorSession } from "./monitor-session.ts";
import { Packages } from "./packages.ts";
import { onOutputs, onRegister } from "./registrations.ts";
import { badRequest, type Caller, ended, type Method, type Monitor, ServiceFailure } from "./services.ts";
import { Tracker } from "./tracker.ts";
import { Transforms } from "./transforms.ts";

export interface MonitorInit {
  parallel: number;
  /** Called at the end of a program that ended well; resolves when what follows it (deletes) is through. */
  programDone: () => Promise<void>;
  /** Where providers that register resources of their own find the services. */
  address: () => Promise<string>;
}

/** The services, and what has to be let go of when the run is over. */
export function monitorService(d: Deployment, init: MonitorInit): { monitor: Monitor; close: () => void } {
  const callbacks = new Callbacks();
  const hooks = new Hooks(d.executor, callbacks, d.settings.preview);
  d.executor.hooks = hooks;
  const session: MonitorSession = {
    deployment: d,
    parallel: init.parallel,
    callbacks,
    hooks,
    packages: new Packages(() => d.executor.clock.uuid()),
    tracker: new Tracker(),
    transforms: new Transforms(callbacks),
    address: init.address,
  };
  // A function of the program that hangs must not hold up a cancelled operation.
  void d.executor.stopping.then(() => d.executor.stopped === "canceled" && callbacks.close());
  return { monitor: table(session, init), close: () => callbacks.close() };
}

/** What changes the stack: a failure is told here, once, and ends the operation. */
function acting<Request, Response>(
  d: Deployment,
  work: (request: Request, caller: Caller | undefined) => Promise<Response>,
): Method<Request, Response> {
  return async (request, caller) => {
    try {
      return await work(request, caller);
    } catch (cause) {
      if (cause instanceof ServiceFailure) throw cause;
      if (cause instanceof Malformed) throw badRequest(cause.message);
      const urn = (cause as { urn?: unknown } | null)?.urn;
      if (!(cause instanceof Bail)) d.executor.fail(cause, typeof urn === "string" ? urn : undefined);
      throw ended();
    }
  };
}

/** A question that fails is the program's to deal with; it ends the operation only when the program lets it. */
function asking<Request, Response>(
  d: Deployment,
  work: (request: Request) => Promise<Response>,
): Method<Request, Response> {
  return async (request) => {
    try {
      return await work(request);
    } catch (cause) {
      if (cause instanceof ServiceFailure) throw cause;
      if (cause instanceof Malformed) throw badRequest(cause.message);
      if (d.executor.stopped || cause instanceof Bail) throw ended();
      throw new ServiceFailure(grpc.status.UNKNOWN, messageOf(cause));
    }
  };
}

function table(s: MonitorSession, init: MonitorInit): Monitor {
  const d = s.deployment;
  /** Something of the program that is only to be remembered. */
  const remembering = <Request>(work: (request: Request) => void) =>
    asking(d, async (request: Request) => {
      work(request);
      return new emptyPb.Empty();
    });
  return {
    getDeploymentInfo: asking(d, async () => deploymentInfo(s)),
    supportsFeature: asking(d, async (request) =>
      new resourcePb.SupportsFeatureResponse().setHassupport(Object.hasOwn(features, request.getId())),
    ),
    registerResource: acting(d, (request, caller) => onRegister(s, request, caller)),
    registerResourceOutputs: acting(d, (request) => onOutputs(s, request)),
    readResource: acting(d, (request) => onRead(s, request)),
    invoke: asking(d, (request) => onInvoke(s, request)),
    call: acting(d, (request) => onCall(s, request)),
    existsResource: asking(d, (request) => onExists(s, request)),
    registerStackTransform: remembering((callback) => s.transforms.addToStack(callback)),
    registerStackInvokeTransform: remembering((callback) => s.transforms.addToInvokes(callback)),
    registerResourceHook: remembering((request) => s.hooks.register(request)),
    registerErrorHook: remembering((request) => s.hooks.registerError(request)),
    registerPackage: asking(d, async (request) =>
      new resourcePb.RegisterPackageResponse().setRef(s.packages.register(request)),
    ),
    signalAndWaitForShutdown: acting(d, async () => {
      await init.programDone();
      return new emptyPb.Empty();
    }),
  };
}

function deploymentInfo(s: MonitorSession) {
  const { project, stack, organization, config, preview } = s.deployment.settings;
  const info = new resourcePb.DeploymentInfo();
  info.setProject(project);
  info.setStack(stack);
  info.setOrganization(organization);
  info.setDryrun(preview);
  info.setParallel(s.parallel);
  for (const [key, { value, secret }] of Object.entries(config)) {
    info.getConfigMap().set(key, value);
    if (secret) info.addConfigsecretkeys(key);
  }
  info.setSupportedfeaturesList(Object.values(features));
  return info;
}
