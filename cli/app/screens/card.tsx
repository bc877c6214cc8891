/** One blueprint before it is installed: what it is, would make, may reach and costs; below, its README. A view of `info`. */
import type { InfoDocument } from "../../commands/info.ts";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";
import { DocumentScreen } from "./document.tsx";

export function CardScreen({ ref }: ScreenParams["card"]) {
  const shell = useShell();
  const install = ({ card }: InfoDocument, naming = false): void => {
    const title = `install ${card.name}`;
    const line = { name: "up", args: [ref] };
    const { settings, name: app } = card;
    if (naming || settings.length > 0) shell.open("install", { line, title, settings, app, naming });
    else shell.open("progress", { line, title });
  };
  return (
    <DocumentScreen<InfoDocument>
      title={ref}
      command="info"
      args={[ref]}
      keys={(document) => [
        {
          key: "i",
          label: "install",
          does: "install it; its settings, and what has to be accepted, are shown first",
          run: () => install(document),
        },
        {
          key: "a",
          label: "install as",
          does: "install it under another name, as a second copy has to have",
          run: () => install(document, true),
        },
        { key: "c", label: "code", does: "read the code that would run", run: () => shell.open("source", { ref }) },
      ]}
    />
  );
}
