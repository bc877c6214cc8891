/** How long ago something was, in whole units. */
const units = [
  [24 * 60 * 60 * 1000, "day"],
  [60 * 60 * 1000, "hour"],
  [60 * 1000, "minute"],
] as const;

/** `2 days ago`, `just now`; `never` of nothing. */
export function ago(ms: number | undefined): string {
  if (ms === undefined) return "never";
  for (const [size, unit] of units) {
    const count = Math.floor(ms / size);
    if (count > 0) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}
