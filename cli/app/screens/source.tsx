/** The code that would run, and how it differs from what is installed, reach first. A view of `source`. */
import type { ScreenParams } from "../params.ts";
import { DocumentScreen } from "./document.tsx";

export function SourceScreen({ ref }: ScreenParams["source"]) {
  return <DocumentScreen title={`${ref} · code`} command="source" args={[ref]} keys={() => []} />;
}
