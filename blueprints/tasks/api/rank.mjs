/**
 * Ranks: texts of 0-9 and a-z whose order is the order of tasks. Between two there is always another one, so that moving
 * a task writes that task alone. None ends in `0`, below which nothing would fit.
 */
const digits = "0123456789abcdefghijklmnopqrstuvwxyz";

/** After all there are: the time, and letters that keep two of one millisecond apart. */
export const lastRank = () => Date.now().toString(36).padStart(9, "0") + randomDigit() + randomDigit() + randomDigit();

/** Between `low` and `high`, either of which may be missing. Random at its end: two moves to one place do not meet. */
export const rankBetween = (low = "", high = "") => middle(low, high) + randomDigit();

const randomDigit = () => digits[1 + (crypto.getRandomValues(new Uint8Array(1))[0] % 35)];

/** A text t with low < t < high, whatever is put behind it. Two that are in no order leave only "after the first". */
function middle(low, high) {
  let made = "";
  let bounded = high > low;
  for (let at = 0; ; at++) {
    const from = at < low.length ? digits.indexOf(low[at]) : 0;
    const to = bounded ? digits.indexOf(high[at] ?? "0") : 36;
    if (to - from > 1) return made + digits[from + Math.floor((to - from) / 2)];
    made += digits[from];
    // Below the bound's digit by one: all that follows is free upwards.
    if (to > from) bounded = false;
  }
}
