/** Collects samples and prints the table at the end. */
export interface Row {
  name: string;
  unit: string;
  goal: string;
  samples: number[];
  /** Of the peer, pair by pair. */
  peer?: { name: string; samples: number[] };
}

const rows: Row[] = [];

export const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function spread(values: number[]): string {
  const digits = median(values) < 10 ? 2 : 0;
  return [Math.min(...values), median(values), Math.max(...values)].map((value) => value.toFixed(digits)).join(" / ");
}

export const table = {
  add(row: Row): void {
    rows.push(row);
    process.stderr.write(
      `  ${row.name}: ${spread(row.samples)} ${row.unit}${row.peer ? `; ${row.peer.name}: ${spread(row.peer.samples)}` : ""}\n`,
    );
  },
  print(): void {
    const lines = rows.map((row) => {
      const ratio = row.peer
        ? row.samples.map((sample, at) => sample / (row.peer?.samples[at] ?? Number.NaN))
        : undefined;
      const peer =
        row.peer && ratio ? `${spread(row.peer.samples)} (${row.peer.name}) | ${median(ratio).toFixed(2)}x` : "- | -";
      return `| ${row.name} | ${row.unit} | ${spread(row.samples)} | ${peer} | ${row.goal} |`;
    });
    process.stdout.write(
      [
        "| figure | unit | min / median / max | peer, same run | ratio | goal |",
        "|---|---|---|---|---|---|",
        ...lines,
        "",
      ].join("\n"),
    );
  },
};
