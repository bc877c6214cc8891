/**
 * Tables and buckets that a version does not have any more. They stay in the cloud with what is in them, and are the app's:
 * a version that has them gets them again, and `destroy` asks about them as about the others.
 */
import type { Manifest } from "../../blueprints/manifest.ts";
import type { Emit } from "../../stacks/events.ts";
import type { KeptData } from "../registry.ts";

type Data = "tables" | "buckets";
const kinds: Readonly<Record<string, Data>> = {
  "aws:dynamodb/table:Table": "tables",
  "aws:s3/bucket:Bucket": "buckets",
};

const isData = ({ kind }: { kind: string }): boolean => kind in kinds;

export const isOf = (manifest: Manifest, { kind, name }: KeptData): boolean =>
  isData({ kind }) && Object.hasOwn(manifest[kinds[kind]!], name);

/** What `before` was kept and this version has not, and what its deployment leaves while it is heard. */
export function leftBy(
  manifest: Manifest,
  before: readonly KeptData[],
  emit: Emit,
): { emit: Emit; left(): KeptData[] } {
  const found = new Map(before.filter((one) => isData(one) && !isOf(manifest, one)).map((one) => [one.id, one]));
  return {
    emit: (event) => {
      if (event.type === "resource" && event.phase === "done" && event.retained && isData(event) && event.id)
        found.set(event.id, { kind: event.kind, name: event.name, id: event.id });
      emit(event);
    },
    left: () => [...found.values()],
  };
}
