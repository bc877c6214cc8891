/** `engine status` in plain text. */
import type { EngineStatusDocument } from "../commands/engine-status.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

export function plain(status: EngineStatusDocument, paint: Paint): string {
  const { cloud, engine, pulumi, version, problem, provider, found, plugin, cloudflare, recommended } = status;
  const rows = [
    ...(pulumi === null ? [["speaks", `Pulumi ${version}`]] : [["pulumi", version ? `${version}, ${pulumi}` : pulumi]]),
    ["provider", provider === "freehold" ? "Freehold's own" : "Pulumi's own aws plugin"],
    ...(engine === "official" ? [] : [["on PATH", found ? `Pulumi ${found.version}, ${found.file}` : "no Pulumi"]]),
    ...(plugin === null ? [] : [["plugin", plugin]]),
    ...(cloudflare.provider === "freehold" ? [] : [["for DNS", "Pulumi's own cloudflare plugin"]]),
    ...(cloudflare.plugin === null ? [] : [["plugin", cloudflare.plugin]]),
  ];
  const lines = [
    `${paint.bold(cloud)} · ${engine} engine`,
    "",
    columns(rows.map(([key, value]) => [`  ${key}`, value!])),
  ];
  if (problem) lines.push("", paint.warn(problem));
  if (engine !== recommended && recommended === "official")
    lines.push(
      "",
      "For clouds in AWS the official Pulumi is recommended:",
      "",
      `    ${paint.command("freehold engine use official")}`,
    );
  return lines.join("\n");
}
