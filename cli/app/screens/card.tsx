/** One blueprint before it is installed: what it is, would make, may reach and costs; below, its README. A view of `info`. */
import type { InfoDocument } from "../../commands/info.ts";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";
import { DocumentScreen } from "./document.tsx";

export function CardScreen({ ref }: ScreenParams["card"]) {
  const shell = useShell();
  const install = ({ card }: InfoDocument): void => {
    const needed = card.settings.filter(({ required }) => required);
    const title = `install ${card.name}`;
    if (needed.length > 0) shell.open("install", { ref, title, settings: needed });
    else shell.open("progress", { line: { name: "up", args: [ref] }, title });
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
          does: "install it; what has to be accepted is shown first",
          run: () => install(document),
        },
        { key: "c", label: "code", does: "read the code that would run", run: () => shell.open("source", { ref }) },
      ]}
    />
  );
}
