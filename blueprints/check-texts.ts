/**
 * Texts of a manifest that people read, or that everybody can: none may hold characters nobody sees, which make one text
 * pass itself off as another, and none may hold a secret.
 */
import type { Finding } from "./finding.ts";
import type { Manifest } from "./manifest.ts";
import { looksSecret } from "./secret-looking.ts";
import { canBeSeen } from "./seen.ts";

export function checkTexts(manifest: Manifest): Finding[] {
  return [...read(manifest), ...secrets(manifest)];
}

function read({ title, tagline, license, tags, settings }: Manifest): Finding[] {
  const texts: [PropertyKey[], string | undefined][] = [
    [["title"], title],
    [["tagline"], tagline],
    [["license"], license],
    ...tags.map((tag, at): [PropertyKey[], string] => [["tags", at], tag]),
    ...Object.entries(settings).flatMap(([name, { label, help }]): [PropertyKey[], string | undefined][] => [
      [["settings", name, "label"], label],
      // The only one of them that may have several lines.
      [["settings", name, "help"], help?.replace(/[\n\t]/g, " ")],
    ]),
  ];
  return texts
    .filter(([, text]) => text !== undefined && !canBeSeen(text))
    .map(([path]) => ({ path, message: "has characters that cannot be seen, or that change how others are shown" }));
}

function secrets({ functions, settings }: Manifest): Finding[] {
  const values: [PropertyKey[], unknown][] = [
    ...Object.entries(functions).flatMap(([name, { environment }]) =>
      Object.entries(environment).map(([variable, value]): [PropertyKey[], unknown] => [
        ["functions", name, "environment", variable],
        value,
      ]),
    ),
    ...Object.entries(settings).map(([name, setting]): [PropertyKey[], unknown] => [
      ["settings", name, "default"],
      setting.default,
    ]),
  ];
  return values.flatMap(([path, value]): Finding[] => {
    const look = typeof value === "string" ? looksSecret(value) : undefined;
    if (!look?.sure) return [];
    return [
      { path, message: `looks like ${look.what}, which everybody can read here; make it a setting of type secret` },
    ];
  });
}
