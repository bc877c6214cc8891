/** What the killed run is made of, loaded after the disk is watched. */
import { systemClock } from "../../../../stacks/engine/clock.ts";
import { openBackend as open } from "../../../../stacks/engine/state/index.ts";

export { info, ref as systemRef, root, thing } from "./things.ts";
export const openBackend = (url: string) => open(url, { clock: systemClock });
