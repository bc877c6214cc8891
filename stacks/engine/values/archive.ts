/**
 * The hashes of assets and archives, byte for byte as Pulumi's engine computes them: an asset's is the sha256 of its
 * bytes, a packed archive's that of the file, any other archive's that of the TAR Go's archive/tar would write.
 */
import { createHash } from "node:crypto";
import { Diagnosis } from "../diagnosis.ts";
import { Archive, Asset, OutputValue, type PropertyMap, type PropertyValue, Secret } from "../value.ts";
import { type ArchivedFile, chunksOf, filesOf, packed, sourceOf } from "./archive-files.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar.ts";
import { isMap, some } from "./values.ts";

/** The same value, assets and archives anywhere in it with their hashes. `dir` is what relative paths are relative to. */
export async function withHashes(value: PropertyValue, dir: string): Promise<PropertyValue> {
  if (value instanceof Asset) return hashAsset(value, dir);
  if (value instanceof Archive) return hashArchive(value, dir);
  if (value instanceof Secret) return new Secret(await withHashes(value.value, dir));
  if (value instanceof OutputValue)
    return value.value === undefined ? value : new OutputValue({ ...value, value: await withHashes(value.value, dir) });
  if (Array.isArray(value)) return Promise.all(value.map((item) => withHashes(item, dir)));
  return isMap(value) ? hashMap(value, dir) : value;
}

export async function hashMap(map: PropertyMap, dir: string): Promise<PropertyMap> {
  // Most registrations bring no files, and a promise a value is not free.
  if (!some(map, (leaf) => leaf instanceof Asset || leaf instanceof Archive)) return map;
  const result: PropertyMap = {};
  for (const [key, item] of Object.entries(map)) if (item !== undefined) result[key] = await withHashes(item, dir);
  return result;
}

/** The same asset with its hash; one that has a hash already keeps it, its contents may be left out. */
export async function hashAsset(asset: Asset, dir: string): Promise<Asset> {
  if (asset.hash) return asset;
  const hash = createHash("sha256");
  for await (const chunk of chunksOf(await sourceOf(asset, dir))) hash.update(chunk);
  return new Asset({ ...asset, hash: hash.digest("hex") });
}

export async function hashArchive(archive: Archive, dir: string): Promise<Archive> {
  if (archive.hash) return archive;
  const pack = await packed(archive, dir);
  if (!pack) {
    const assets = archive.assets && (await hashMembers(archive.assets, dir));
    return new Archive({ ...archive, ...(assets ? { assets } : {}), hash: await tarHash(filesOf(archive, dir)) });
  }
  const hash = createHash("sha256");
  for await (const chunk of chunksOf(pack.source)) hash.update(chunk);
  return new Archive({ path: archive.path, uri: archive.uri, hash: hash.digest("hex") });
}

async function hashMembers(assets: NonNullable<Archive["assets"]>, dir: string) {
  const hashed: { [name: string]: Asset | Archive } = {};
  for (const [name, item] of Object.entries(assets))
    hashed[name] = item instanceof Asset ? await hashAsset(item, dir) : await hashArchive(item, dir);
  return hashed;
}

/** A file that comes twice counts once, the first time. */
async function tarHash(files: AsyncIterable<ArchivedFile>): Promise<string> {
  const hash = createHash("sha256");
  const seen = new Set<string>();
  for await (const { name, size, chunks } of files) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const block of tarHeader(name, size)) hash.update(block);
    let read = 0;
    for await (const chunk of chunks()) {
      hash.update(chunk);
      read += chunk.length;
    }
    if (read !== size)
      throw new Diagnosis(`incorrect blob size for ${name}: expected ${size}, got ${read}; was it written just now?`);
    hash.update(tarPadding(size));
  }
  return hash.update(tarEnd).digest("hex");
}
