/** AWS's partitions: each a world of its own, with other names in its ARNs and addresses. */

export interface Partition {
  /** The second word of an ARN. */
  id: string;
  dnsSuffix: string;
  reverseDnsPrefix: string;
}

/** By how their regions begin; the plain one is everything else. */
const partitions: readonly (Partition & { begins: string })[] = [
  { begins: "cn-", id: "aws-cn", dnsSuffix: "amazonaws.com.cn", reverseDnsPrefix: "cn.com.amazonaws" },
  { begins: "us-gov-", id: "aws-us-gov", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" },
  { begins: "", id: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" },
];

export const partitionOf = (region: string): Partition => partitions.find(({ begins }) => region.startsWith(begins))!;
