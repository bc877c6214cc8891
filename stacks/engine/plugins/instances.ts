/**
 * Which provider a call is for. Every provider resource of a program has a connection of its own, also where many attach
 * to one port, and no message names it: so each connection has its provider. One that is made anew after a break finds
 * the provider of the broken one again, when there is only one it can be.
 */
import type { Socket } from "node:net";
import grpc from "@grpc/grpc-js";
import type { Provider } from "../provider.ts";
import { everything, type Understood } from "./properties.ts";
import { Refusal } from "./status.ts";

export interface Instance {
  provider: Provider;
  configured: boolean;
  connected: boolean;
  /** `127.0.0.1:PORT` of the engine it works for; empty: nobody listens. */
  engine: string;
  /** What that engine understands. */
  understood: Understood;
}

/** As many as broken connections are remembered for. */
const remembered = 32;

export class Instances {
  private readonly make: () => Provider;
  private readonly engine: string;
  private readonly byPeer = new Map<string, Instance>();

  constructor(make: () => Provider, engine: string) {
    this.make = make;
    this.engine = engine;
  }

  get all(): Iterable<Instance> {
    return this.byPeer.values();
  }

  /** A new connection: `of` finds its instance by the peer's address until it closes. */
  connect(socket: Socket): void {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.drop(peer);
    socket.on("close", () => {
      const instance = this.byPeer.get(peer);
      if (!instance) return;
      instance.connected = false;
      this.forgetOldest();
    });
  }

  /** `begins`: the first calls of a provider; they may come to a connection that has none. */
  of(peer: string, begins: boolean): Instance {
    const known = this.byPeer.get(peer);
    if (known) return known;
    return begins ? this.add(peer) : this.resume(peer);
  }

  private add(peer: string): Instance {
    const instance: Instance = {
      provider: this.make(),
      configured: false,
      connected: true,
      engine: this.engine,
      understood: everything,
    };
    this.byPeer.set(peer, instance);
    return instance;
  }

  private resume(peer: string): Instance {
    const waiting = [...this.byPeer].filter(([, { configured, connected }]) => configured && !connected);
    const [only] = waiting;
    if (!only || waiting.length > 1)
      throw new Refusal(
        "this connection has not configured its provider: Configure comes before any other call",
        grpc.status.FAILED_PRECONDITION,
      );
    const [before, instance] = only;
    this.byPeer.delete(before);
    this.byPeer.set(peer, instance);
    instance.connected = true;
    return instance;
  }

  private forgetOldest(): void {
    const broken = [...this.byPeer].filter(([, { connected }]) => !connected);
    for (const [peer] of broken.slice(0, Math.max(0, broken.length - remembered))) this.drop(peer);
    for (const [peer, instance] of broken) if (!instance.configured) this.drop(peer);
  }

  private drop(peer: string): void {
    const instance = this.byPeer.get(peer);
    this.byPeer.delete(peer);
    void instance?.provider.close().catch(() => undefined);
  }
}
