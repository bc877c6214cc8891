/** Faults of names of the owner's own: what can be wrong with one, and what is missing before it leads anywhere. */
import { exitCodes, Fault } from "../blueprints/fault.ts";

const { usage, notFound, answerNeeded } = exitCodes;

const rowsOf = (records: readonly { name: string; type: string; value: string }[]): string =>
  records.map(({ name, type, value }) => `${name} ${type} ${value}`).join("; ");

export const domainFaults = {
  local: (cloud: string) =>
    new Fault({
      code: "domain-local",
      summary: "A local cloud has no names on the internet",
      detail: `${cloud} is on this computer, and answers at *.localhost alone. A name needs a cloud in AWS.`,
      next: "freehold setup --target aws --name OTHER",
      exitCode: usage,
    }),
  bad: (host: string, why: string) =>
    new Fault({
      code: "domain-invalid",
      summary: "This cannot be the name of a site",
      detail: `${host} ${why}.`,
      next: "freehold domain add APP notes.example.com",
      exitCode: usage,
    }),
  taken: (host: string, by: string) =>
    new Fault({
      code: "domain-taken",
      summary: "The name leads to something else of this cloud",
      detail: `${host} is ${by}'s. Nothing was changed.`,
      next: `freehold domain rm ${by} ${host}`,
      exitCode: usage,
    }),
  unknown: (site: string, host: string, known: readonly string[]) =>
    new Fault({
      code: "domain-unknown",
      summary: "There is no such name",
      detail: `${site} has no name ${host}.${known.length > 0 ? ` It has ${known.join(", ")}.` : ""}`,
      next: "freehold domain ls",
      exitCode: notFound,
    }),
  noZone: (host: string, where: string, next: string) =>
    new Fault({
      code: "domain-zone-missing",
      summary: "The name's zone is not there",
      detail: `${where} has no zone that ${host} is in, as far as can be seen from here. Nothing was changed.`,
      next,
      exitCode: notFound,
    }),
  /** `made`: all but what leads there. */
  recordsThere: (records: readonly { name: string; type: string; value: string }[], next: string, made = false) =>
    new Fault({
      code: "domain-records-there",
      summary: "The name leads somewhere already",
      detail: `${rowsOf(records)}. ${made ? "What takes their place is ready; they are as they were." : "Nothing was changed."} --replace-record lets these records go when what takes their place is ready.`,
      next: `${next} --replace-record`,
      exitCode: answerNeeded,
    }),
  recordsNeeded: (host: string, next: string) =>
    new Fault({
      code: "domain-records-needed",
      summary: "A record has to be written into DNS first",
      detail: `${host} waits for the record shown above. The same command goes on once it is there.`,
      next,
      exitCode: answerNeeded,
    }),
  certificate: (host: string, why: string, next: string, cause?: unknown) =>
    new Fault({
      code: "certificate-refused",
      summary: "ACM issues no certificate for this name",
      detail: `${host}: ${why}. Nobody is led there. Once what it says is put right, the same command asks for another certificate.`,
      next,
      cause,
    }),
  tooMany: (site: string, host: string, why: string) =>
    new Fault({
      code: "domain-too-many",
      summary: "There is no room for one name more",
      detail: `${site} cannot have ${host}, too: ${why}. Nothing was changed.`,
      next: "freehold domain ls",
      exitCode: usage,
    }),
  interrupted: (host: string, next: string) =>
    new Fault({
      code: "interrupted",
      summary: "Interrupted",
      detail: `${host} waits for a record in DNS. The same command goes on from there.`,
      next,
      exitCode: exitCodes.interrupted,
    }),
};
