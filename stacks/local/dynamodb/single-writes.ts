/** What PutItem, UpdateItem and DeleteItem have in common: carried out alone, and answered with what it cost. */
import { collectionMetrics, consumed, unitsOfWrite, wanted } from "./capacity.ts";
import type { Context } from "./context.ts";
import { validation } from "./errors.ts";
import type { Stored } from "./items.ts";
import type { Item } from "./value.ts";
import { carryOut, type Write } from "./writes.ts";

/** UpdateItem alone can return more. */
export function checkReturnsOld({ ReturnValues }: { ReturnValues?: string }): void {
  if (ReturnValues && ReturnValues !== "ALL_OLD" && ReturnValues !== "NONE")
    throw validation("ReturnValues can only be ALL_OLD or NONE");
}

/** For `writeAlone`: what ReturnValues ALL_OLD shows. */
export const oldIfAsked =
  ({ ReturnValues }: { ReturnValues?: string }) =>
  (old: Stored | undefined): Item | undefined =>
    ReturnValues === "ALL_OLD" ? old?.item() : undefined;

/** One transaction; `returned` says which attributes the answer shows. */
export function writeAlone(
  context: Context,
  input: any,
  write: Write,
  returned: (old: Stored | undefined, next: Stored | undefined) => Item | undefined,
): Promise<Record<string, unknown>> {
  const { ReturnConsumedCapacity: mode, ReturnItemCollectionMetrics: metrics } = input;
  const { table, keyItem, key } = write;
  return context.write(() => {
    const { old, next } = carryOut(context, write);
    return {
      Attributes: returned(old, next),
      ConsumedCapacity: wanted(mode) ? consumed(table, mode, unitsOfWrite(table, old, next)) : undefined,
      ItemCollectionMetrics: collectionMetrics(context, table, metrics, keyItem, key),
    };
  });
}
