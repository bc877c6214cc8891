/** `cloud env` as a POSIX shell reads it. */
export function plain(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote(value)}`)
    .join("\n");
}

const quote = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;
