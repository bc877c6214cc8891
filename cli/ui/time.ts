/** Times as people read them. */
import { linkSeconds } from "../../stacks/cloud.ts";

/** Of a one-use link: `5 minutes`. */
export const linkWords = `${linkSeconds / 60} minutes`;

/** `2026-11-26 20:04`, where this computer is. What is no time comes out as it was. */
export function moment(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

export function elapsed(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Less is over before it is read. */
const tellsMs = 1000;

/** `0.8 s of about 2.0 s`, `3.1 s, usually 2.0 s`; what is over at once anyway says nothing of what is usual. */
export function ofUsual(ms: number, usualMs: number | undefined): string {
  const so = elapsed(ms);
  const usual = usualWords(usualMs);
  if (usualMs === undefined || !usual) return so;
  return ms <= usualMs ? `${so} of about ${elapsed(usualMs)}` : `${so}, ${usual}`;
}

/** `usually 2.0 s`; nothing of what is over at once anyway, or was never seen. */
export const usualWords = (usualMs: number | undefined): string | undefined =>
  usualMs === undefined || usualMs < tellsMs ? undefined : `usually ${elapsed(usualMs)}`;

/** `just now`, `5 minutes ago`, `2 days ago`. */
export function ageWords(ms: number): string {
  const [count, unit] = (
    [
      [ms / 86_400_000, "day"],
      [ms / 3_600_000, "hour"],
      [ms / 60_000, "minute"],
    ] as const
  ).find(([count]) => count >= 1) ?? [0, ""];
  const whole = Math.floor(count);
  return whole === 0 ? "just now" : `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
}

/** How long ago an ISO time was. */
export const since = (at: string): string => ageWords(Date.now() - Date.parse(at));

/** `for 6 more days`, until an ISO time; `over` when it is. */
export function until(at: string): string {
  const left = Date.parse(at) - Date.now();
  if (left <= 0) return "over";
  const words = ageWords(left);
  return words === "just now"
    ? "for less than a minute"
    : `for ${words.replace(/^(\d+) /, "$1 more ").replace(/ ago$/, "")}`;
}
