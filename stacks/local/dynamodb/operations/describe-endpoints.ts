/** DescribeEndpoints: this one. */
import type { Operation } from "../context.ts";

export const describeEndpoints: Operation = {
  members: {},
  handle: (_input, _context, call) => ({ Endpoints: [{ Address: call.host, CachePeriodInMinutes: 1440 }] }),
};
