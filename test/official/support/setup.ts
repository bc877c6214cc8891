/** Before any worker starts: finds the official engine, or builds it, and tells the workers where it is. */
import { findOfficial } from "./official.ts";

export default function setup(): void {
  const path = findOfficial();
  if (path) process.env["FREEHOLD_TEST_PULUMI"] = path;
}
