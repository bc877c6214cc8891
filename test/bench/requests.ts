/** Warm requests through the gate: the browser's way to an app's function and to its site. */
import { Agent, request } from "node:http";
import { type Home, signIn } from "../support/home.ts";
import { median, table } from "./table.ts";

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  ms: number;
}

export async function requests(home: Home): Promise<void> {
  const result = JSON.parse(
    (await home.freehold("up", "notes", "--as", "warm", "--json")).stdout.trim().split("\n").at(-1) ?? "{}",
  );
  const { url: address, link } = result.apps[0];
  const url = new URL(address);
  const agent = new Agent({ keepAlive: true });
  const get = (path: string, cookie = ""): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      request({ host: "127.0.0.1", port: url.port, path, agent, headers: { host: url.host, cookie } }, (response) => {
        response.resume();
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, ms: performance.now() - started }),
        );
      })
        .on("error", reject)
        .end();
    });
  const cookie = await signIn(link);

  for (const [name, path, goal] of [
    ["function through the gate (/api/health)", "/api/health", "p50 <= 4"],
    ["table read through the gate (/api/notes)", "/api/notes", "-"],
    ["site file through the gate (/app.js)", "/app.js", "-"],
  ] as const) {
    for (let i = 0; i < 50; i++) await get(path, cookie);
    const samples: number[] = [];
    for (let i = 0; i < 500; i++) {
      const answer = await get(path, cookie);
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
      samples.push(answer.ms);
    }
    table.add({ name: `${name}, 1 connection, p50 ${median(samples).toFixed(2)}`, unit: "ms", goal, samples });
  }
  agent.destroy();
}
