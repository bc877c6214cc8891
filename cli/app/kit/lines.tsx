/** Lines of text, of which those from one on are shown. */
import { Box } from "ink";
import { Say } from "./say.tsx";

interface Props {
  lines: readonly string[];
  from: number;
  rows: number;
}

export function Lines({ lines, from, rows }: Props) {
  const shown = lines.slice(from, from + rows).map((line, offset) => [from + offset, line] as const);
  return (
    <Box flexDirection="column">
      {shown.map(([at, line]) => (
        <Say key={at}>{line === "" ? " " : line}</Say>
      ))}
    </Box>
  );
}
