/** `eject` in plain text. */
import type { EjectDocument } from "../commands/eject.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";

export function plain({ projects }: EjectDocument, paint: Paint): string {
  const lines = projects.map(
    ({ stack, dir, resources }) => `${paint.bold(stack)}: ${resources} resources in ${safeText(dir)}`,
  );
  return [...lines, "Each README.md says how Pulumi goes on with it. Freehold and the cloud are as they were."].join(
    "\n",
  );
}
