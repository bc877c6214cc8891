/** `domain ls` in plain text. */
import type { DomainListDocument } from "../commands/domain-ls.ts";
import type { ListedDomain } from "../domains.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

export function plain({ cloud, domains }: DomainListDocument, paint: Paint): string {
  if (domains.length === 0)
    return `No name of your own leads to ${cloud}.\n  ${paint.command("freehold domain add APP notes.example.com")}`;
  const awaited = domains.flatMap(toBeWritten).map(recordRow);
  const table = columns(domains.map(row));
  return awaited.length === 0 ? table : `${table}\n\nTo be written into DNS:\n${columns(awaited)}`;
}

const row = (one: ListedDomain): string[] => [one.host, one.site, one.front, dnsWords(one), stateWords(one)];

export const dnsWords = ({ dns, zone }: ListedDomain): string => (zone ? `${dns} ${zone}` : dns);

export const stateWords = ({ state, certificate }: ListedDomain): string =>
  state === "ready" ? certificateWords(certificate) : `waits for its ${state}`;

/** By a person: in a zone that Freehold writes into nobody else has to. */
export const toBeWritten = ({ state, dns, records }: ListedDomain): ListedDomain["records"] =>
  state !== "ready" && dns === "by-hand" ? records : [];

/** ACM renews by itself as long as the record that proves the name is there. */
function certificateWords(certificate: ListedDomain["certificate"]): string {
  if (!certificate) return "certificate unknown";
  const { status, until, renewal, refused } = certificate;
  if (refused !== undefined) return safeText(refused);
  const words = `${status.toLowerCase().replaceAll("_", " ")}${until ? ` until ${until.slice(0, 10)}` : ""}`;
  return safeText(
    renewal && renewal !== "SUCCESS" ? `${words}, renewal ${renewal.toLowerCase().replaceAll("_", " ")}` : words,
  );
}

const recordRow = ({ name, type, value }: ListedDomain["records"][number]): string[] => [
  `  ${safeText(name)}`,
  type,
  safeText(value),
];
