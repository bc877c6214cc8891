/**
 * A thing of a snapshot as `add` would have made it: what the file says of it is checked as words of a person are, and no
 * path of it leads anywhere but to what came with the snapshot.
 */
import type { Cloud } from "../../stacks/cloud.ts";
import type { Thing } from "../../stacks/deploy.ts";
import type { Snapshot, SnapshotThing } from "../snapshot.ts";
import { snapshotFaults } from "../snapshot-errors.ts";
import { adoptHeld } from "./adopt.ts";
import { bringFiles } from "./snapshot-sources.ts";
import { ofCloud, typeNamed } from "./thing-wanted.ts";
import { addressOf, bringUpThing, currentThings, previewThing } from "./things.ts";
import type { Work } from "./work.ts";

type Words = Awaited<ReturnType<Work["deploy"]["thingWords"]>>;
type Problem = { key: string; why: string };

/** Throws `snapshot-unknown`, `type-unknown`. `others` are those it may use. */
export async function thingOf(
  work: Work,
  cloud: Cloud,
  said: SnapshotThing,
  others: readonly Thing[],
  before: Thing | undefined,
): Promise<Thing> {
  const words = await work.deploy.thingWords();
  const { name, shape } = said;
  const wrong = words.thingNameProblem(name);
  if (wrong !== undefined) throw snapshotFaults.badThing(name, [{ key: "name", why: wrong }]);
  const { kind, inputs, problems } =
    shape === "resource" ? await plainOf(cloud, words, said) : usualOf(words, said, shape, others);
  if (problems.length > 0) throw snapshotFaults.badThing(name, problems);
  const now = new Date().toISOString();
  return { name, shape, kind, inputs, state: "running", kept: [], addedAt: before?.addedAt ?? now, updatedAt: now };
}

interface Checked extends Pick<Thing, "kind" | "inputs"> {
  problems: Problem[];
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function usualOf(
  words: Words,
  { name, inputs: said }: SnapshotThing,
  shape: Exclude<Thing["shape"], "resource">,
  others: readonly Thing[],
): Checked {
  const { key, sort, code, uses, route, value, ...more } = said;
  const plain = Object.fromEntries(Object.entries(more).map(([one, is]) => [one, text(is) ?? JSON.stringify(is)]));
  const { inputs, problems } = words.readUsual(
    shape,
    {
      ...{ value: text(value), code: text(code), route: route === true, words: plain },
      key: shape === "table" ? keyWords(key, sort) : undefined,
      uses: Object.entries((uses ?? {}) as object).map(([one, verb]) => `${one}=${verb}`),
    },
    others.filter((one) => one.name !== name),
    undefined,
  );
  if (shape === "function" && !isFolderName(text(code) ?? ""))
    problems.push({ key: "code", why: "is no folder of a snapshot" });
  return { kind: words.usualKinds[shape], inputs, problems };
}

const keyWords = (key: unknown, sort: unknown): string =>
  [key, sort]
    .flatMap((one) => Object.entries((one ?? {}) as object))
    .map(([name, type]) => `${name}:${type}`)
    .join(",");

/** What was kept has the digest for its name; a file lies in it. */
const isFolderName = (path: string): boolean => /^sha256-[0-9a-f]{64}$/.test(path);
const isFilePath = (path: string): boolean => {
  const [folder = "", file, ...more] = path.split("/");
  return isFolderName(folder) && more.length === 0 && file !== "" && file !== "." && file !== "..";
};

async function plainOf(cloud: Cloud, words: Words, { kind, inputs }: SnapshotThing): Promise<Checked> {
  const type = await typeNamed(words, kind);
  const files = Object.entries(inputs).flatMap(([key, value]) =>
    words.isFile(value) && !isFilePath(String(value[words.fileKey])) ? [{ key, why: "is no file of a snapshot" }] : [],
  );
  const problems = [...words.problemsOfInputs(type, inputs), ...ofCloud(cloud, type, inputs), ...files];
  return { kind: type.token, inputs, problems };
}

/** What others may use comes before what uses it. */
export const inOrder = (things: readonly SnapshotThing[]): SnapshotThing[] => {
  const left = [...things];
  const sorted: SnapshotThing[] = [];
  const waits = ({ inputs }: SnapshotThing): boolean =>
    left.some((other) => Object.hasOwn((inputs["uses"] ?? {}) as object, other.name));
  while (left.length > 0) {
    const at = Math.max(
      0,
      left.findIndex((one) => !waits(one)),
    );
    sorted.push(...left.splice(at, 1));
  }
  return sorted;
};

/** Throws what `add` and `adopt` throw. */
export async function bringThing(
  work: Work,
  cloud: Cloud,
  said: Snapshot,
  thing: SnapshotThing,
): Promise<{ name: string; url?: string }> {
  const name = `things/${thing.name}`;
  if (thing.adopted !== undefined) {
    const asked = { name: thing.name, type: thing.kind, id: thing.adopted };
    await adoptHeld({ ...work, request: { ...work.request, thing: asked } }, cloud);
    return { name };
  }
  const current = await currentThings(work, cloud);
  const before = current.things.find((one) => one.name === thing.name);
  const wanted = await thingOf(work, cloud, thing, current.things, before);
  await bringFiles(work, cloud, said, wanted);
  // A change that would leave data behind is refused, as `add` refuses it.
  if (before?.state === "running") await previewThing(work, cloud, current, wanted, () => undefined);
  const { url } = await bringUpThing(work, cloud, current, wanted);
  return { name, ...addressOf(wanted, url) };
}
