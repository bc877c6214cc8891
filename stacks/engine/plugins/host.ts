/**
 * The plugins of one operation: starts or attaches to each, tells it where the engine is, and ends them all. Serves the
 * Engine service on loopback for what they log.
 */
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { Diagnosis, messageOf } from "../diagnosis.ts";
import type { Provider, ProviderFactory } from "../provider.ts";
import { GrpcProvider } from "./client.ts";
import { attachedPort, type FoundPlugin, fileName, findPlugin, type Places } from "./find.ts";
import { Guard } from "./guard.ts";
import { Link } from "./link.ts";
import { PluginProcess } from "./process.ts";

export interface PluginLimits {
  /** Milliseconds for a plugin to print its port. */
  portWithin: number;
  /** Milliseconds for it to answer the first call. */
  answerWithin: number;
  /** Milliseconds between asking it to end and force; also how long a call may take to notice a cancellation. */
  endWithin: number;
}

const defaults: PluginLimits = { portWithin: 60_000, answerWithin: 10_000, endWithin: 5_000 };

export interface PluginHostInit extends Places {
  project: string;
  /** A package's configuration in plain text; some plugins want it before they are configured. */
  configOf: (pkg: string) => { [key: string]: string };
  warn: (message: string) => void;
  /** Handlers of the Engine service. */
  engine: () => grpc.UntypedServiceImplementation;
  limits?: Partial<PluginLimits>;
}

export class PluginHost {
  private readonly init: PluginHostInit;
  private readonly limits: PluginLimits;
  private readonly guard = new Guard();
  private readonly processes = new Set<PluginProcess>();
  private readonly warned = new Set<string>();
  private server: Promise<{ server: grpc.Server; address: string }> | undefined;

  constructor(init: PluginHostInit) {
    this.init = init;
    this.limits = { ...defaults, ...init.limits };
  }

  /** The host's own providers, except where PULUMI_DEBUG_PROVIDERS names another, and plugins for all other packages. */
  over(own: ProviderFactory): ProviderFactory {
    return (pkg, version) => {
      const port = attachedPort(pkg, this.init.env["PULUMI_DEBUG_PROVIDERS"]);
      if (port !== undefined) return this.provider(pkg, version, () => this.attach(pkg, port));
      const given = own(pkg, version);
      if (given) return given;
      const found = findPlugin(pkg, version, this.init);
      return found && this.provider(pkg, version, () => this.start(pkg, version, found));
    };
  }

  private provider(pkg: string, version: string | undefined, open: () => Promise<Link>): Provider {
    return new GrpcProvider({ package: pkg, version: version ?? "", open, graceMs: this.limits.endWithin });
  }

  private async attach(pkg: string, port: number): Promise<Link> {
    const label = `${fileName(pkg)} at port ${port}`;
    const client = dial(port);
    try {
      await alive(client, label, this.limits.answerWithin);
      const link = new Link({ client, label });
      await link.handshake({ engine: await this.address(), within: this.limits.answerWithin });
      await link.attach(await this.address());
      return link;
    } catch (cause) {
      client.close();
      throw cause;
    }
  }

  private async start(pkg: string, version: string | undefined, found: FoundPlugin): Promise<Link> {
    const label = fileName(pkg);
    if (found.from === "path") this.warnOnce(`using ${label} from $PATH at ${found.command}`);
    const engine = await this.address();
    const plugin = new PluginProcess({
      label,
      command: found.command,
      args: [...found.args, engine],
      cwd: this.init.root,
      env: this.environment(pkg),
      guard: this.guard,
      portWithin: this.limits.portWithin,
      endWithin: this.limits.endWithin,
    });
    this.processes.add(plugin);
    void plugin.ended.then(() => this.processes.delete(plugin));
    let client: ResourceProviderClient | undefined;
    try {
      client = dial(await plugin.port);
      await alive(client, label, this.limits.answerWithin, plugin);
      const link = new Link({ client, label, process: plugin });
      await link.handshake({ engine, folder: found.folder, within: this.limits.answerWithin });
      await this.compareVersion(pkg, version, link);
      return link;
    } catch (cause) {
      client?.close();
      plugin.kill();
      throw new Diagnosis(messageOf(cause));
    }
  }

  private async compareVersion(pkg: string, wanted: string | undefined, link: Link): Promise<void> {
    const has = await link.version();
    if (link.isAtLeast(wanted, has)) return;
    this.warnOnce(
      `resource plugin ${pkg} is expected to have version >=${wanted}, but has ${has || "none"}; the wrong version may be on your path, or this may be a bug in the plugin`,
    );
  }

  private warnOnce(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.init.warn(message);
  }

  /** The operation's environment, and what Pulumi's plugins look for. */
  private environment(pkg: string): { [name: string]: string } {
    const { env, project, configOf } = this.init;
    const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return {
      ...Object.fromEntries(given),
      PULUMI_PROJECT: project,
      PULUMI_CONFIG: JSON.stringify(configOf(pkg)),
      ...(pkg === "pulumi-nodejs" ? { PULUMI_NODEJS_PROJECT: project } : {}),
    };
  }

  private async address(): Promise<string> {
    this.server ??= serveEngine(this.init.engine());
    return (await this.server).address;
  }

  async close(): Promise<void> {
    await Promise.all([...this.processes].map((plugin) => plugin.stop()));
    this.guard.close();
    (await this.server?.catch(() => undefined))?.server.forceShutdown();
  }
}

const channelOptions = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
  // Each connection is one provider to the plugin: none is shared with another of the same port.
  "grpc.use_local_subchannel_pool": 1,
};

function dial(port: number): ResourceProviderClient {
  return new providerGrpc.ResourceProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
    channelOptions,
  ) as ResourceProviderClient;
}

function alive(client: ResourceProviderClient, label: string, within: number, plugin?: PluginProcess): Promise<void> {
  const connected = new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + within, (error) =>
      error
        ? reject(new Error(`plugin ${label} did not begin responding to RPC connections within ${within / 1000} s`))
        : resolve(),
    );
  });
  if (!plugin) return connected;
  const died = plugin.ended.then(() => Promise.reject(new Error(plugin.epitaph())));
  died.catch(() => undefined);
  return Promise.race([connected, died]);
}

async function serveEngine(
  handlers: grpc.UntypedServiceImplementation,
): Promise<{ server: grpc.Server; address: string }> {
  const server = new grpc.Server(channelOptions);
  const { EngineService } = engineGrpc as unknown as { EngineService: grpc.ServiceDefinition };
  server.addService(EngineService, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { server, address: `127.0.0.1:${port}` };
}
