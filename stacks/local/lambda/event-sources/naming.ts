/** How mappings are named, and what is said of one that is not there. */
import type { LocalCloud } from "../../service.ts";
import { notFound } from "../errors.ts";

export const mappingMissing = (): Error => notFound("The resource you requested does not exist.");

export function mappingArn({ cloud }: { cloud: LocalCloud }, uuid: string): string {
  const { region, accountId } = cloud.options;
  return `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${uuid}`;
}
