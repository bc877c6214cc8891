/**
 * Whether an app's address answers yet: asked from the moment it is known, while what it does not need is still made. A
 * browser without a session asks the same, so that nothing but the gate is looked at.
 */
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { setTimeout as pause } from "node:timers/promises";

const everyMs = 200;
const patienceMs = 5_000;

/**
 * Resolves with true once something other than a refusal by AWS answers (403: the grant is not known everywhere yet; 404,
 * 5xx: the function is not), with false when `signal` says that nobody waits any more. Never rejects.
 */
export async function firstAnswer(url: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const status = await statusOf(new URL(url), signal).catch(() => 0);
    if (signal.aborted) return false;
    if (status >= 200 && status < 500 && status !== 403 && status !== 404) return true;
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

function statusOf(url: URL, signal: AbortSignal): Promise<number> {
  const { protocol, hostname, port, pathname, host } = url;
  // What resolves names for Node may not know that *.localhost is here.
  const to = hostname.endsWith(".localhost") ? "127.0.0.1" : hostname;
  const request = protocol === "https:" ? overHttps : overHttp;
  const asked = { hostname: to, port, path: pathname, headers: { host }, timeout: patienceMs, signal };
  return new Promise((resolve, reject) => {
    request(asked, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on("timeout", function (this: { destroy(error: Error): void }) {
        this.destroy(new Error("no answer"));
      })
      .on("error", reject)
      .end();
  });
}
