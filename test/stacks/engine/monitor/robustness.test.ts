import grpc from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import state from "@pulumi/pulumi/runtime/state.js";
import { expect, test } from "vitest";
import { decodeStruct } from "../../../../stacks/engine/values/wire.ts";
import { diagnostics, registration } from "../support/in-process.ts";
import { drive, Thing } from "../support/stack.ts";
import { TestWorld } from "../support/test-provider.ts";

/** The monitor over the network, bytes in and bytes out: nothing in this process takes a short cut here. */
function raw(method: string, request: Uint8Array): Promise<Buffer> {
  const { getStore } = state as any;
  const address: string = getStore().settings.options.monitorAddr;
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(
      `/pulumirpc.ResourceMonitor/${method}`,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => bytes,
      request,
      (error, answer) => (error ? reject(error) : resolve(answer!)),
    );
  }).finally(() => client.close());
}

// Anything may dial a port on loopback; a message that is none must cost its sender an error and nobody else anything.
test("messages that are none are refused, and the run goes on", async () => {
  const run = await drive(new TestWorld());
  const codes: number[] = [];
  run.program(async () => {
    for (const method of ["RegisterResource", "RegisterResourceOutputs", "Invoke", "Call", "ReadResource", "Nothing"])
      codes.push(
        await raw(method, Buffer.from([0xff, 0xff, 0xff, 0x0f, 1, 2])).then(
          () => 0,
          (cause) => cause.code,
        ),
      );
    new Thing("it");
  });
  const up = await run.run("up");
  expect(up.error).toBeUndefined();
  expect(codes).toEqual([13, 13, 13, 13, 13, 12]);
  expect(up.changes).toMatchObject({ create: 2 });
});

// Inputs may be whole files as text: gRPC's own limit is 4 MiB.
test("messages far beyond gRPC's own limit pass both ways", async () => {
  const run = await drive(new TestWorld());
  const size = 5 * 1024 * 1024;
  let echoed = 0;
  run.program(async () => {
    const request = registration("big", { inputs: { value: "x".repeat(size) } });
    const answer = resourcePb.RegisterResourceResponse.deserializeBinary(
      await raw("RegisterResource", request.serializeBinary()),
    );
    echoed = String(decodeStruct(answer.getObject())["value"]).length;
  });
  expect((await run.run("up")).error).toBeUndefined();
  expect(echoed).toBe(size);
});

// Ctrl-C has to end the run whatever the program is doing: waiting for ever, or in a hook that never answers.
test.each([
  ["a program that never ends", false],
  ["a hook that never answers", true],
])("%s is abandoned when the operation is cancelled", async (_what, inHook) => {
  const run = await drive(new TestWorld());
  const control = new AbortController();
  const hang = (): Promise<void> => {
    control.abort();
    return new Promise(() => undefined);
  };
  run.program(async () => {
    if (!inHook) return hang();
    new Thing("it", {}, { hooks: { beforeCreate: [new pulumi.ResourceHook("stuck", hang)] } });
    return undefined;
  });
  const up = await run.run("up", { signal: control.signal });
  expect(up.error?.message).toContain("canceled");
  run.program(async () => void new Thing("it"));
  expect((await run.run("up")).error).toBeUndefined();
});

// One process deploys many stacks side by side; what belongs to one must not show up in another.
test("stacks side by side keep their programs, hooks, transforms and logs apart", async () => {
  const names = ["a", "b", "c", "d"];
  const ran = await Promise.all(
    names.map(async (name) => {
      const world = new TestWorld();
      const run = await drive(world, undefined, name);
      run.program(async () => {
        pulumi.runtime.registerResourceTransform(({ props, opts }) => ({ props: { ...props, by: name }, opts }));
        const hook = new pulumi.ResourceHook("made", ({ newOutputs }) =>
          pulumi.log.info(`${name} made ${newOutputs?.["by"]}`),
        );
        for (const at of [1, 2, 3]) new Thing(`${name}${at}`, {}, { hooks: { afterCreate: [hook] } });
        return { stack: pulumi.getStack() };
      });
      const up = await run.run("up");
      return { name, world, up, outputs: await run.stack.outputs() };
    }),
  );
  for (const { name, world, up, outputs } of ran) {
    expect(up.error).toBeUndefined();
    expect(diagnostics(up.events, "info")).toEqual([1, 2, 3].map(() => `${name} made ${name}`));
    expect([...world.all().values()].map((thing) => thing["by"])).toEqual([name, name, name]);
    expect(outputs["stack"]!.value).toBe(name);
  }
});
