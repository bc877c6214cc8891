/** Event source mappings at work: each enabled one has its lanes, which writes to its stream and its own changes wake. */
import type { Core } from "../core.ts";
import { Lane } from "./lane.ts";

export interface EventSources {
  start(): void;
  /** No lane sends or notes anything from now on. */
  stop(): void;
}

export function createEventSources(core: Core): EventSources {
  const lanes = new Map<string, Lane[]>();
  let stopped = true;
  let unwatch: (() => void) | undefined;

  const close = (uuid: string): void => {
    for (const lane of lanes.get(uuid) ?? []) lane.close();
    lanes.delete(uuid);
  };
  /** Brings its lanes to what the mapping is now. */
  const follow = (uuid: string): void => {
    if (stopped) return;
    const mapping = core.mappings.get(uuid);
    const current = lanes.get(uuid) ?? [];
    if (!mapping || (current.length > 0 && current.length !== mapping.parallelization)) close(uuid);
    if (mapping?.enabled && !lanes.has(uuid))
      lanes.set(
        uuid,
        Array.from({ length: mapping.parallelization }, (_, index) => new Lane(core, uuid, index)),
      );
    for (const lane of lanes.get(uuid) ?? []) lane.changed();
    watch();
  };
  /** Streams tell of writes only while somebody reads them. */
  const watch = (): void => {
    if (lanes.size === 0) {
      unwatch?.();
      unwatch = undefined;
      return;
    }
    unwatch ??= core.cloud.peers.streams?.watch((written) => {
      for (const [uuid, all] of lanes)
        if (written.has(core.mappings.get(uuid)?.sourceArn ?? "")) for (const lane of all) lane.wake();
    });
  };

  core.mappings.watch(follow);
  core.functions.watch((name) => {
    for (const [uuid, all] of lanes)
      if (core.mappings.get(uuid)?.functionName === name) for (const lane of all) lane.changed();
  });
  return {
    start() {
      stopped = false;
      for (const { uuid } of core.mappings.list()) follow(uuid);
    },
    stop() {
      stopped = true;
      for (const uuid of [...lanes.keys()]) close(uuid);
      watch();
    },
  };
}
