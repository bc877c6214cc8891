/**
 * What somebody has to say yes to, reach first, before anything is changed. Nothing is held meanwhile: the answer runs
 * the same command again, with the digest of exactly what is shown here.
 */
import { useMemo } from "react";
import type { Consent } from "../../../blueprints/card.ts";
import { createPaint } from "../../ui/paint.ts";
import { consentLines } from "../../views/consent.ts";
import { Lines } from "../kit/list.tsx";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import type { CommandLine, ScreenParams } from "../params.ts";
import { broken } from "../plain-view.ts";
import { useShell } from "../shell.ts";

export function ConsentScreen({ event, line, title }: ScreenParams["consent"]) {
  const shell = useShell();
  const field = useTextField("", { active: true });
  const lines = useMemo(() => consentLines(event, createPaint(false)), [event]);
  const said = field.text.trim().toLowerCase();
  const accept = (): void => {
    if (said !== "yes") return;
    shell.print(consentLines(event, createPaint(shell.color)).join("\n"));
    const flags = { ...line.flags, accept: event.consent.digest };
    shell.replace("progress", { line: { ...line, flags }, title });
  };
  return (
    <Screen
      title={`${title} · asks first`}
      typing
      status={
        said === "" || "yes".startsWith(said)
          ? undefined
          : { words: "Only yes accepts it; esc leaves it.", tone: "warn" }
      }
      keys={[
        { key: "enter", label: "accept, when yes is typed", does: "accept exactly what is shown", run: accept },
        {
          key: "tab",
          label: "code",
          does: "read the code that would run",
          run: () => shell.open("source", { ref: refOf(event.consent, line) }),
        },
      ]}
    >
      {({ rows, columns }) => (
        <>
          <Lines lines={broken(lines, columns - 1).map((line) => ` ${line}`)} rows={Math.max(1, rows - 2)} typing />
          <Say> </Say>
          <TextField prompt=" Type yes to accept this: " value={field.value} width={columns} active />
        </>
      )}
    </Screen>
  );
}

/** What leads to the files that are asked about: of an upgrade the app's name would lead to those it has. */
function refOf({ app, card }: Consent, { args }: CommandLine): string {
  const { source, catalog, repository, path, commit } = card.origin;
  if (source === "github") return `github:${repository}${path ? `/${path}` : ""}@${commit}`;
  return source === "folder" ? (args[0] ?? app) : `${catalog ?? source}/${card.name}`;
}
