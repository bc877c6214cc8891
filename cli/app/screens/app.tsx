/** One app: what it is. A view of `show`. */
import { useEffect, useState } from "react";
import type { ShowDocument } from "../../commands/show.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, useShell } from "../shell.ts";

export function App({ app }: ScreenParams["app"]) {
  const shell = useShell();
  const [shown, setShown] = useState<Answer<ShowDocument>>();
  useEffect(() => void shell.call<ShowDocument>("show", [app]).then(setShown), [shell, app]);
  const document = shown?.document;
  return (
    <Screen
      title={app}
      keys={[]}
      {...(shown?.fault ? { status: { words: shown.fault.summary, tone: "bad" as const } } : {})}
    >
      {() => <Say>{document ? ` ${document.title}  ${document.version}  ${document.url ?? ""}` : " looking"}</Say>}
    </Screen>
  );
}
