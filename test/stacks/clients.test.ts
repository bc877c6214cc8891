/** Clients of what stays outside the stacks: a connection to AWS is several ways there before anything is asked. */
import { createServer } from "node:http";
import { expect, it } from "vitest";
import { s3, sts } from "../../stacks/deploy/clients.ts";
import { listen } from "../support/listen.ts";

// Each call makes a client of its own; with a connection for each, too, AWS would be greeted anew each time.
it("share their connections, whatever client ends", async () => {
  let connections = 0;
  const server = createServer((_request, response) => response.end("<r><Account>1</Account></r>"));
  server.on("connection", () => connections++);
  const endpoint = await listen(server);
  const environment = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "s" };
  const cloud = { region: "eu-west-1", endpoint, environment };
  try {
    for (let turn = 0; turn < 3; turn++) {
      const who = await sts(cloud);
      await who.client.send(new who.sdk.GetCallerIdentityCommand({}));
      who.client.destroy();
      const bucket = await s3(cloud);
      await bucket.client.send(new bucket.sdk.ListBucketsCommand({}));
    }
    expect(connections).toBe(1);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
