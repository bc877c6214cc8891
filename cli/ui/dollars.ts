/** Small amounts of money, as they are told before a question is asked of a cloud. */

/** `$0.0042`, `$1.20`, `less than $0.0001` */
export function dollarsWords(dollars: number): string {
  if (dollars < 0.0001) return "less than $0.0001";
  return `$${dollars < 1 ? dollars.toFixed(4) : dollars.toFixed(2)}`;
}
