/**
 * Journals in a bucket: one object for each group of records, `EPOCH/NUMBER`, each written only where nothing is yet.
 * So whoever takes over shuts a journal by putting an object where its owner's next one would go.
 */
import { errors, StateError } from "./errors.ts";
import type { S3Objects } from "./s3-objects.ts";
import type { Hold, JournalSink, JournalStore, LeftJournal } from "./storage.ts";

const padded = (value: number): string => String(value).padStart(8, "0");
const isChanged = (error: unknown): boolean => error instanceof StateError && error.code === "changed";

/** What stays of a shut journal goes after this time: nobody sends a write that he began so long ago. */
const keptMs = 3_600_000;
/** What a journal says that was shut before its owner wrote anything. It holds no record. */
const shutEmpty = "shut\n";
const together = 32;

export function s3Journals(objects: S3Objects, folder: string): JournalStore {
  const keyOf = (epoch: string, number: string): string => `${folder}/${epoch}/${number}`;

  async function all(): Promise<Map<string, { number: string; modified: number }[]>> {
    const epochs = new Map<string, { number: string; modified: number }[]>();
    for (const { key, modified } of (await objects.list(folder, false)).objects) {
      const [epoch = "", number = ""] = key.split("/");
      const known = epochs.get(epoch);
      if (known) known.push({ number, modified });
      else epochs.set(epoch, [{ number, modified }]);
    }
    return epochs;
  }

  /** Undefined when it is one that was folded: its first object goes first. */
  async function left(epoch: string, numbers: readonly string[]): Promise<LeftJournal | undefined> {
    if (numbers[0] !== padded(0)) return undefined;
    for (const [at, number] of numbers.entries())
      if (number !== padded(at)) throw errors.journalGap(objects.show(keyOf(epoch, padded(at))));
    const texts: string[] = [];
    for (let at = 0; at < numbers.length; at += together) {
      const some = numbers.slice(at, at + together).map((number) => objects.get(keyOf(epoch, number)));
      for (const [n, found] of (await Promise.all(some)).entries()) {
        if (!found) throw errors.journalGap(objects.show(keyOf(epoch, padded(at + n))));
        texts.push(found.bytes.toString());
      }
    }
    if (texts[0] === shutEmpty) return undefined;
    const shut = async (line: string): Promise<boolean> => {
      try {
        await objects.put(keyOf(epoch, padded(numbers.length)), line, { absent: true });
      } catch (error) {
        if (isChanged(error)) return false;
        throw error;
      }
      return true;
    };
    return {
      text: texts.join(""),
      shut: (_whole, line) => shut(line),
      async remove() {
        const first = texts.findIndex((text) => /^[0-9a-f]{8} \{"t":"fold"/.test(text));
        await objects.remove([keyOf(epoch, padded(0))]);
        await objects.remove(numbers.slice(1, first === -1 ? undefined : first).map((number) => keyOf(epoch, number)));
      },
      async setAside(name) {
        const aside = `${folder}.${name}`;
        await objects.put(aside, texts.join(""));
        await shut(shutEmpty);
        await objects.remove([keyOf(epoch, padded(0))]);
        return objects.show(aside);
      },
    };
  }

  /** Of the journal made here. */
  let number = 0;
  return {
    name: objects.show(folder),
    async create(hold: Hold): Promise<JournalSink> {
      number = 0;
      return {
        gatherMs: 5,
        async write(text) {
          await hold.check();
          try {
            await objects.put(keyOf(padded(hold.epoch), padded(number)), text, { absent: true });
          } catch (error) {
            if (!isChanged(error)) throw error;
            await hold.check();
            throw errors.lostLock(objects.show(folder), "by a process that has ended since");
          }
          number += 1;
        },
        close: async () => undefined,
      };
    },
    async read() {
      for (const [epoch, found] of await all()) {
        const journal = await left(
          epoch,
          found.map(({ number }) => number),
        );
        if (journal) return journal;
      }
      return undefined;
    },
    async present() {
      return [...(await all()).values()].some((found) => found[0]?.number === padded(0));
    },
    async remove(hold) {
      const own = Array.from({ length: number }, (_, at) => keyOf(padded(hold.epoch), padded(at)));
      // Without its first one a journal is over, whatever else is still there.
      const [epochs] = await Promise.all([all(), objects.remove(own.slice(0, 1))]);
      const newest = Math.max(...[...epochs.values()].flat().map(({ modified }) => modified));
      const old = [...epochs].flatMap(([epoch, found]) =>
        epoch === padded(hold.epoch)
          ? []
          : found.filter(({ modified }) => newest - modified > keptMs).map(({ number }) => keyOf(epoch, number)),
      );
      return () => objects.remove([...own.slice(1), ...old]);
    },
  };
}

/** Shuts the journal of an epoch that may not have begun one. */
export async function shutUnbegun(objects: S3Objects, folder: string, epoch: number): Promise<void> {
  try {
    await objects.put(`${folder}/${padded(epoch)}/${padded(0)}`, shutEmpty, { absent: true });
  } catch (error) {
    // It has begun: then it is read and shut as any other.
    if (!isChanged(error)) throw error;
  }
}
