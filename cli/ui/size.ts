/** Sizes as people read them: powers of 1000, as disks and AWS's bills have them. */
const units = ["B", "kB", "MB", "GB", "TB"];

export function sizeWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
