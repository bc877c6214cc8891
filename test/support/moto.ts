/** moto_server as a second AWS for tests: started on a free port of loopback, reset between uses, ended with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { motoServer } from "./tools.ts";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when the server answers; rejects when it ends first. */
async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  for (let tries = 0; tries < 400 && !ended; tries++) {
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("moto_server did not start");
}

export async function startMoto() {
  const path = motoServer();
  if (!path) throw new Error("moto_server is not on this machine");
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(path, ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
    // Seconds until a certificate counts as validated; a minute otherwise.
    env: { ...process.env, MOTO_ACM_VALIDATION_WAIT: "1" },
  });
  await answering(endpoint, child);
  return {
    endpoint,
    port,
    accountId: "123456789012",
    region: "eu-west-1",
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    /** Forgets everything it holds. */
    async reset(): Promise<void> {
      await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
    },
    async close(): Promise<void> {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill("SIGTERM")) await gone;
    },
  };
}

export type Moto = Awaited<ReturnType<typeof startMoto>>;
