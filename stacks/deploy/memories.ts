/** What the commands of one operation know of a cloud's state from one another: whoever entered a cloud has it for one operation. */
import type { Cloud } from "../cloud.ts";
import { BackendMemory } from "../engine/state/index.ts";

const memories = new WeakMap<Cloud, BackendMemory>();

export function memoryOf(cloud: Cloud): BackendMemory {
  const memory = memories.get(cloud) ?? new BackendMemory();
  memories.set(cloud, memory);
  return memory;
}
