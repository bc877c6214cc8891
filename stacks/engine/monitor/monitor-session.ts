/** What the monitor of one program run keeps between calls and hands from part to part. Data only; the parts are in files of their own. */

import type { Deployment } from "../deployment/deployment.ts";
import type { PropertyDependencies } from "../provider.ts";
import type { PropertyMap } from "../value.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Hooks } from "./hooks.ts";
import type { RegisterOptions } from "./options.ts";
import type { Packages, PluginRequest } from "./packages.ts";
import type { Tracker } from "./tracker.ts";
import type { Transforms } from "./transforms.ts";

export interface MonitorSession {
  readonly deployment: Deployment;
  readonly parallel: number;
  readonly callbacks: Callbacks;
  readonly hooks: Hooks;
  readonly packages: Packages;
  readonly tracker: Tracker;
  readonly transforms: Transforms;
  /** `127.0.0.1:PORT` where the same services are, for providers that register resources of their own. */
  address(): Promise<string>;
}

/** A registration as transforms have left it. */
export interface Registration {
  type: string;
  name: string;
  parent: string;
  /** With output values, where the receiver is another component; flat otherwise. */
  props: PropertyMap;
  options: RegisterOptions;
  propertyDependencies: PropertyDependencies;
  plugin: PluginRequest;
  /** `URN::ID`, named or inherited. */
  provider?: string;
}
