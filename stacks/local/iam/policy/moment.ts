/** Dates as policies write them: W3C's forms of ISO 8601, or seconds since 1970. */

const iso =
  /^([+-]?\d{1,9})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:t(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?)?(z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** The last second that a long of milliseconds could be given as: AWS's own limit. */
const lastEpoch = 9_223_372_036_854_775_807n;

/** Milliseconds since 1970, or undefined for what is no date. Without a zone it is UTC. */
export function millisOf(text: string): number | undefined {
  const value = text.trim().toLowerCase();
  if (/^\d+$/.test(value)) return BigInt(value) <= lastEpoch ? Number(value) * 1000 : undefined;
  if (!/[t-]/.test(value)) return undefined;
  const parts = iso.exec(value);
  if (!parts) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = offsetMinutes(parts[8]);
  if (offset === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, Number(`0.${parts[7] ?? "0"}`) * 1000);
  // Beyond JavaScript's dates (year 275,760) order is all that counts.
  const millis = date.getTime();
  if (Number.isNaN(millis)) return year < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return millis - offset * 60_000;
}

function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === "z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
