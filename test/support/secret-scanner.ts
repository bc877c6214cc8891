/**
 * Where a secret could have got to: files of a home and of its temporary folder, what was said, arguments and environments of
 * processes while they ran, every version of every object of a bucket. Looks for each secret as it is and as it would stand
 * in base64, in a URL and in JSON, and into what is gzipped.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { accessKeysIn } from "./access-keys.ts";

export interface Secret {
  /** For messages, in place of what it is. */
  name: string;
  value: string;
}

/** `name` of a secret at a place. */
export interface Sighting {
  secret: string;
  where: string;
}

export function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  // Within a longer text a value may begin at any of three places of a group of base64.
  const inBase64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return text.slice(before === 0 ? 0 : before + 1).replace(/.{0,3}=*$/, "");
  });
  return [
    ...new Set([
      value,
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
      ...inBase64.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]),
      bytes.toString("hex"),
    ]),
  ].filter((form) => form.length >= 8);
}

export function sightings(secrets: readonly Secret[], where: string, content: string | Buffer): Sighting[] {
  const texts = typeof content === "string" ? [content] : [content.toString("latin1"), ...unpacked(content)];
  return secrets
    .filter(({ value }) => formsOf(value).some((form) => texts.some((text) => text.includes(form))))
    .map(({ name }) => ({ secret: name, where }));
}

/** A file that is gzipped, and what lies gzipped in base64 in a line of JSON, as code in snapshots and state. */
function unpacked(bytes: Buffer): string[] {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b ? [bytes] : [];
  const packed = [...bytes.toString("latin1").matchAll(/"(H4sI[A-Za-z0-9+/=]{20,})"/g)].map(([, text]) =>
    Buffer.from(text!, "base64"),
  );
  return [...zipped, ...packed].flatMap((one) => {
    try {
      return [gunzipSync(one).toString("latin1")];
    } catch {
      // Cut off, or only looked like it.
      return [];
    }
  });
}

/** Every file below a folder; `ours` leaves out what the test laid there itself. */
export function inFiles(
  dir: string,
  secrets: readonly Secret[],
  ours: (path: string) => boolean = () => true,
): Sighting[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => ours(relative(dir, file)))
    .flatMap((file) => sightings(secrets, relative(dir, file), readFileSync(file)));
}

/** Keys of AWS by their form, whoever's they are, by the file they are in. */
export function keysInFiles(dir: string, ours: (path: string) => boolean = () => true): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter((path) => ours(path) && accessKeysIn(readFileSync(join(dir, path), "latin1")).length > 0);
}

/** Every version: what was in it once can be read for as long as it is kept. */
export async function inBucket(
  s3: S3Client,
  Bucket: string,
  secrets: readonly Secret[],
): Promise<{ found: Sighting[]; objects: number }> {
  const { Versions = [], IsTruncated } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  if (IsTruncated) throw new Error(`${Bucket} has more versions than are looked at`);
  const found: Sighting[] = [];
  for (const { Key, VersionId } of Versions) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    found.push(...sightings(secrets, `s3://${Bucket}/${Key}`, Buffer.from(await Body!.transformToByteArray())));
  }
  return { found, objects: Versions.length };
}

/**
 * Watches every process that belongs to a home, by its environment, until it is told to stop. `given`: variables the person
 * has set; what such a one holds may be passed on under its own name, and nothing else.
 */
export function watchProcesses(
  home: string,
  given: Readonly<Record<string, string | undefined>>,
  secrets: () => readonly Secret[],
) {
  const found = new Map<string, Sighting>();
  const commands = new Set<string>();
  const note = (all: Sighting[]): void => {
    for (const one of all) found.set(`${one.secret} ${one.where}`, one);
  };
  const look = (): void => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const read = (name: string): string => {
        try {
          return readFileSync(`/proc/${pid}/${name}`, "latin1");
        } catch {
          // It has ended.
          return "";
        }
      };
      const environment = read("environ").split("\0");
      if (!environment.includes(`FREEHOLD_HOME=${home}`)) continue;
      const command = read("cmdline").replaceAll("\0", " ").trim();
      const words = command.split(" ").filter((word) => !word.startsWith("-"));
      const called = words.slice(1, 4).join(" ");
      commands.add(called);
      note(sightings(secrets(), `arguments of ${called}`, command));
      for (const variable of environment) {
        const [name = ""] = variable.split("=");
        if (variable !== `${name}=${given[name]}`) note(sightings(secrets(), `${name} of ${called}`, variable));
      }
    }
  };
  const timer = setInterval(look, 15);
  return {
    stop(): { found: Sighting[]; commands: string[] } {
      clearInterval(timer);
      return { found: [...found.values()], commands: [...commands] };
    },
  };
}
