/**
 * A request that was let in, passed to one of the app's functions by IAM; and the pages for when that cannot answer.
 * Says nothing of why it failed: that is for the app's log.
 */
import { type Answer, page } from "./answer.ts";
import { config } from "./config.ts";
import type { UrlEvent } from "./event.ts";
import { FunctionFailed, type Invoked, invoke } from "./invoke.ts";
import { passedOn, type Said, withoutOurCookies } from "./passed-on.ts";
import { replyOf } from "./reply.ts";

export async function callFunction(noun: string, event: UrlEvent, said: Said): Promise<Answer> {
  const name = config.functions[noun];
  if (name === undefined) throw new Error(`no function ${noun}`);
  const invoked = await invokeSoon(name, JSON.stringify(passedOn(event, said)));
  if (invoked.status !== 200) return refusedBy(event, invoked);
  try {
    return withoutOurCookies(await replyOf(invoked));
  } catch (error) {
    if (!(error instanceof FunctionFailed)) throw error;
    return failed(event, /Task timed out after/.test(error.details), invoked.requestId);
  }
}

/**
 * A browser loads a page over six connections, and its calls are over soon: who is turned away, before any code of the
 * app ran, tries again for a moment. Not for longer: what waits here has a place that the app could have.
 */
const patienceMs = 150;

async function invokeSoon(name: string, payload: string): Promise<Invoked> {
  // Those who wait give up one after another, so that the others find a place.
  const until = performance.now() + patienceMs * (0.4 + 0.6 * Math.random());
  for (;;) {
    const invoked = await invoke(name, payload);
    const pauseMs = 15 + 30 * Math.random();
    if (invoked.status !== 429 || performance.now() + pauseMs > until) return invoked;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Lambda's own word, before any code of the app ran. */
function refusedBy(event: UrlEvent, { status, requestId }: Invoked): Answer {
  const { accept } = event.headers;
  if (status === 429) return busy(event);
  if (status === 413)
    return page(accept, {
      status: 413,
      code: "too-large",
      title: "That is too much for one request",
      text: "A request may have 6 MB, and files in it count a third more. Larger files are uploaded with a presigned address, which the app has to ask its bucket for.",
    });
  return failed(event, false, requestId);
}

/**
 * Soon, so that the place this call of the gate takes is free again. A page asks again by itself; nothing that may
 * have changed something does.
 */
export function busy(event: UrlEvent): Answer {
  const { method } = event.requestContext.http;
  return page(event.headers["accept"], {
    status: 503,
    code: "busy",
    title: "Busy for a moment",
    text: "More is being asked than this cloud runs at a time. It will work again in a moment.",
    retryAfter: 1,
    refresh: method === "GET",
  });
}

function failed(event: UrlEvent, late: boolean, requestId: string): Answer {
  return page(event.headers["accept"], {
    status: late ? 504 : 502,
    code: late ? "function-timed-out" : "function-failed",
    title: late ? "The app took too long" : "The app failed",
    text: `"freehold logs ${config.app}" shows what happened.`,
    requestId,
  });
}
