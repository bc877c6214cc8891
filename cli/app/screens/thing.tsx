/** One thing: what it is, what was said of it, where it is. A view of `show things/NAME`. */
import type { ThingDocument } from "../../commands/show-thing.ts";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";
import { DocumentScreen } from "./document.tsx";
import { dataOf } from "./things.tsx";

export function ThingScreen({ name }: ScreenParams["thing"]) {
  const shell = useShell();
  const thing = `things/${name}`;
  return (
    <DocumentScreen<ThingDocument>
      title={thing}
      command="show"
      args={[thing]}
      keys={({ kind }) => {
        const data = dataOf(kind);
        return [
          ...(data
            ? [
                {
                  key: "d",
                  label: "data",
                  does: "what is in it",
                  run: () => shell.open("store", { store: thing, kind: data }),
                },
              ]
            : []),
          {
            key: "x",
            label: "remove",
            does: "remove it; says what becomes of it",
            run: () => shell.open("thing-remove", { name }),
          },
        ];
      }}
      status={() => `$ freehold show ${thing}`}
    />
  );
}
