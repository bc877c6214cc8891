/** Help: the keys of the screen one came from, and every command. From the same tables as the keys and `--help`. */
import { useMemo } from "react";
import { fill, widthOf } from "../../ui/width.ts";
import { Lines } from "../kit/list.tsx";
import { Screen } from "../kit/screen.tsx";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";

export function Help({ keys, of }: ScreenParams["help"]) {
  const { commands, back } = useShell();
  const lines = useMemo(() => {
    const rows: [string, string][] = [
      ...keys.map(({ key, does }): [string, string] => [key, does]),
      ...commands.map(({ name, usage, summary }): [string, string] => [`${name} ${usage}`.trim(), summary]),
    ];
    const width = Math.min(30, Math.max(...rows.map(([left]) => widthOf(left))));
    const shown = rows.map(([left, right]) => `   ${fill(left, width)}  ${right}`);
    return [
      " Keys",
      ...shown.slice(0, keys.length),
      "",
      " Commands, after : or on the command line",
      ...shown.slice(keys.length),
    ];
  }, [keys, commands]);
  return (
    <Screen title={`help · ${of}`} keys={[{ key: "?", does: "back to where you were", run: back }]}>
      {({ rows }) => <Lines lines={lines} rows={rows} />}
    </Screen>
  );
}
