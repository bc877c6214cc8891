/**
 * Functions of the program that the engine calls back: transforms and hooks, by token, at the address the program
 * serves them. One connection an address; all end with the run.
 */
import grpc from "@grpc/grpc-js";
import type { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb.js";
import callbackGrpc from "@pulumi/pulumi/proto/callback_grpc_pb.js";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb.js";
import callbackPb from "@pulumi/pulumi/proto/callback_pb.js";
import { badRequest } from "./services.ts";

const options = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/** Calls one function of the program; rejects with the text the program failed with. */
export type Invoke = (request: Uint8Array) => Promise<Uint8Array>;

export class Callbacks {
  private readonly clients = new Map<string, CallbacksClient>();
  private readonly underWay = new Set<grpc.ClientUnaryCall>();
  private closed = false;

  /** Throws when the callback names no address. */
  function(callback: Callback | undefined): Invoke {
    const target = callback?.getTarget();
    if (!callback || !target) throw badRequest("target must be specified");
    const token = callback.getToken();
    return (request) => this.invoke(this.client(target), token, request);
  }

  private client(target: string): CallbacksClient {
    let client = this.clients.get(target);
    if (!client) {
      client = new callbackGrpc.CallbacksClient(target, grpc.credentials.createInsecure(), options) as CallbacksClient;
      this.clients.set(target, client);
    }
    return client;
  }

  private invoke(client: CallbacksClient, token: string, request: Uint8Array): Promise<Uint8Array> {
    const message = new callbackPb.CallbackInvokeRequest();
    message.setToken(token);
    message.setRequest(request);
    return new Promise((resolve, reject) => {
      if (this.closed) throw new Error("the operation is over");
      const call = client.invoke(message, (error, response) => {
        this.underWay.delete(call);
        if (error) reject(new Error(error.details || error.message));
        else resolve(response.getResponse_asU8());
      });
      this.underWay.add(call);
    });
  }

  /** What is under way is given up: a client that is closed would still wait for it. */
  close(): void {
    this.closed = true;
    for (const call of this.underWay) call.cancel();
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }
}
