/** Parts of the provider protocol's messages that both sides need: check failures and differences. */
import providerPb, { type DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import type { CheckFailure, DiffKind, DiffResult, PropertyDiff } from "../provider.ts";

const { Kind } = providerPb.PropertyDiff;
const { DiffChanges } = providerPb.DiffResponse;

const kinds: { [kind in DiffKind]: 0 | 1 | 2 | 3 | 4 | 5 } = {
  add: Kind.ADD,
  "add-replace": Kind.ADD_REPLACE,
  delete: Kind.DELETE,
  "delete-replace": Kind.DELETE_REPLACE,
  update: Kind.UPDATE,
  "update-replace": Kind.UPDATE_REPLACE,
};
const kindNames = new Map<number, DiffKind>(Object.entries(kinds).map(([name, kind]) => [kind, name as DiffKind]));

const changes = {
  none: DiffChanges.DIFF_NONE,
  some: DiffChanges.DIFF_SOME,
  unknown: DiffChanges.DIFF_UNKNOWN,
} as const;

export function encodeDiff(diff: DiffResult): DiffResponse {
  const message = new providerPb.DiffResponse()
    .setChanges(changes[diff.changes])
    .setReplacesList(diff.replaces)
    .setStablesList(diff.stables)
    .setDiffsList(diff.diffs)
    .setDeletebeforereplace(diff.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(diff.detailedDiff !== undefined);
  for (const [path, { kind, inputDiff }] of Object.entries(diff.detailedDiff ?? {}))
    message.getDetaileddiffMap().set(path, new providerPb.PropertyDiff().setKind(kinds[kind]).setInputdiff(inputDiff));
  return message;
}

export function decodeDiff(message: DiffResponse): DiffResult {
  const said = message.getChanges();
  const result: DiffResult = {
    changes: said === changes.some ? "some" : said === changes.none ? "none" : "unknown",
    replaces: message.getReplacesList(),
    stables: message.getStablesList(),
    diffs: message.getDiffsList(),
    deleteBeforeReplace: message.getDeletebeforereplace(),
  };
  if (!message.getHasdetaileddiff()) return result;
  const detailedDiff: { [path: string]: PropertyDiff } = {};
  message.getDetaileddiffMap().forEach((entry, path) => {
    // A kind of a later protocol is taken for a plain update.
    detailedDiff[path] = { kind: kindNames.get(entry.getKind()) ?? "update", inputDiff: entry.getInputdiff() };
  });
  return { ...result, detailedDiff };
}

export function encodeFailures(failures: CheckFailure[]) {
  return failures.map(({ property, reason }) => new providerPb.CheckFailure().setProperty(property).setReason(reason));
}

export function decodeFailures(list: { getProperty(): string; getReason(): string }[]): CheckFailure[] {
  return list.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}
