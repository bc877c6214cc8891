/**
 * DynamoDB's numbers: 38 significant digits, magnitude 1E-130 to 9.99...E+125. Reads any notation, writes AWS's
 * canonical one, adds exactly, and makes key bytes whose memcmp order is the numbers' order. No floating point.
 */
import { validation } from "./errors.ts";

/** value = sign * 0.DIGITS * 10^exponent; digits without zeros at either end; zero has sign 0 and no digits. */
export interface Decimal {
  sign: -1 | 0 | 1;
  digits: string;
  exponent: number;
}

const zero: Decimal = { sign: 0, digits: "", exponent: 0 };
const notation = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const plainInteger = /^-?[1-9]\d{0,36}$/;

/** Throws AWS's ValidationException for what is no number or does not fit. */
function parseNumber(text: string): Decimal {
  if (text === "") throw validation("The parameter cannot be converted to a numeric value");
  const match = notation.exec(text);
  const [, minus = "", whole = "", fraction = "", power = "0"] = match ?? [];
  if (!match || whole + fraction === "" || power.length > 9)
    throw validation(`The parameter cannot be converted to a numeric value: ${text}`);
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  if (digits === "") return zero;
  const exponent = whole.length - (all.length - digits.length) + Number(power);
  return checked({ sign: minus === "-" ? -1 : 1, digits: digits.replace(/0+$/, ""), exponent });
}

function checked(value: Decimal): Decimal {
  if (value.exponent > 126)
    throw validation("Number overflow. Attempting to store a number with magnitude larger than supported range");
  if (value.exponent < -129)
    throw validation("Number underflow. Attempting to store a number with magnitude smaller than supported range");
  if (value.digits.length > 38) throw validation("Attempting to store more than 38 significant digits in a Number");
  return value;
}

/** Plain notation, never an exponent, as AWS answers. */
function formatNumber({ sign, digits, exponent }: Decimal): string {
  if (sign === 0) return "0";
  const minus = sign < 0 ? "-" : "";
  if (exponent <= 0) return `${minus}0.${"0".repeat(-exponent)}${digits}`;
  if (exponent >= digits.length) return minus + digits + "0".repeat(exponent - digits.length);
  return `${minus}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

export function canonicalNumber(text: string): string {
  return plainInteger.test(text) || text === "0" ? text : formatNumber(parseNumber(text));
}

export function compareNumbers(left: string, right: string): number {
  return Buffer.compare(numberBytes(left), numberBytes(right));
}

/** Exact; throws when the sum needs more than 38 digits or leaves the range. */
export function addNumbers(left: string, right: string, sign: 1 | -1 = 1): string {
  const a = parseNumber(left);
  const b = parseNumber(right);
  const scale = Math.max(a.digits.length - a.exponent, b.digits.length - b.exponent, 0);
  const sum = scaled(a, scale) + scaled(b, scale) * BigInt(sign);
  const text = (sum < 0n ? -sum : sum).toString();
  const trimmed = text.replace(/0+$/, "");
  if (trimmed === "") return "0";
  return formatNumber(checked({ sign: sum < 0n ? -1 : 1, digits: trimmed, exponent: text.length - scale }));
}

function scaled({ sign, digits, exponent }: Decimal, scale: number): bigint {
  return sign === 0 ? 0n : BigInt(digits + "0".repeat(exponent - digits.length + scale)) * BigInt(sign);
}

/**
 * One byte of sign, one of exponent, then digits two by two plus one. Negative numbers are the complement, closed by
 * 0xff so that the longer one sorts first.
 */
export function numberBytes(text: string): Buffer {
  const { sign, digits, exponent } = parseNumber(text);
  if (sign === 0) return Buffer.from([0x80]);
  const pairs = (digits.length + 1) >> 1;
  const bytes = Buffer.alloc(2 + pairs + (sign < 0 ? 1 : 0));
  bytes[0] = sign < 0 ? 0x7e : 0x82;
  bytes[1] = sign < 0 ? 126 - exponent : exponent + 129;
  for (let i = 0; i < pairs; i++) {
    const tens = digits.charCodeAt(2 * i) - 48;
    const ones = 2 * i + 1 < digits.length ? digits.charCodeAt(2 * i + 1) - 48 : 0;
    const pair = tens * 10 + ones + 1;
    bytes[2 + i] = sign < 0 ? 255 - pair : pair;
  }
  if (sign < 0) bytes[2 + pairs] = 0xff;
  return bytes;
}

/** What AWS counts for a number: about one byte for two digits, and one more. */
export function numberSize(text: string): number {
  const { sign, digits, exponent } = parseNumber(text);
  if (sign === 0) return 1;
  const oddStart = (exponent - 1) % 2 !== 0;
  return 1 + Math.ceil(digits.length / 2) + (digits.length % 2 === 1 || oddStart ? 0 : 1) + (sign < 0 ? 1 : 0);
}
