/** DynamoDB's numbers as they are written, compared without JavaScript's: they have 38 digits, and not one may be lost. */

interface Decimal {
  sign: -1 | 0 | 1;
  /** Without zeros at either end. */
  digits: string;
  /** Where the point stands: 0.DIGITS times ten to this. */
  point: number;
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const zero: Decimal = { sign: 0, digits: "", point: 0 };

export const isDecimal = (text: string): boolean => pattern.test(text) && /\d/.test(text.split(/[eE]/)[0] ?? "");

function decimalOf(text: string): Decimal {
  const [, sign = "", whole = "", part = "", exponent = "0"] = pattern.exec(text) ?? [];
  const all = `${whole}${part}`;
  const leading = all.length - all.replace(/^0+/, "").length;
  const digits = all.slice(leading).replace(/0+$/, "");
  if (digits === "") return zero;
  return { sign: sign === "-" ? -1 : 1, digits, point: whole.length - leading + Number(exponent) };
}

/** Negative, zero or positive, as of a sort. Both have to be decimals. */
export function compareDecimals(left: string, right: string): number {
  const [a, b] = [decimalOf(left), decimalOf(right)];
  if (a.sign !== b.sign) return a.sign - b.sign;
  const larger = a.point - b.point || (a.digits === b.digits ? 0 : a.digits < b.digits ? -1 : 1);
  return larger === 0 ? 0 : a.sign * larger;
}
