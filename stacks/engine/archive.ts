/**
 * The hashes of assets and archives, byte for byte as Pulumi's engine computes them (an archive's is the sha256 of the
 * TAR that Go's archive/tar would write). Reads local files only; remote URIs are refused.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Diagnosis } from "./diagnosis.ts";
import { Archive, Asset, OutputValue, type PropertyMap, type PropertyValue, Secret } from "./value.ts";
import { isMap, some } from "./values.ts";

const archiveFile = /\.(zip|tar|tgz|tar\.gz|jar)$/i;

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

/** The same asset with its hash. `dir` is what relative paths are relative to. */
export async function hashAsset(asset: Asset, dir: string): Promise<Asset> {
  if (asset.hash && asset.text === undefined && !asset.path && !asset.uri) return asset;
  const { text, path, uri } = asset;
  return new Asset({ text, path, uri, hash: sha256(await assetBytes(asset, dir)) });
}

export async function hashArchive(archive: Archive, dir: string): Promise<Archive> {
  const { path, uri } = archive;
  if (archive.assets) return hashMembers(archive, dir);
  if (!path && !uri) return archive;
  const file = localPath(path, uri, dir);
  if ((await stat(file).catch(notFound(file))).isDirectory())
    return new Archive({ path, uri, hash: sha256(goTar(await folderFiles(file, ""))) });
  if (!archiveFile.test(file))
    throw new Diagnosis(`'${path ?? uri}' is neither a folder nor a .zip, .tar or .tar.gz file`);
  return new Archive({ path, uri, hash: sha256(await readFile(file)) });
}

async function hashMembers(archive: Archive, dir: string): Promise<Archive> {
  const assets: { [name: string]: Asset | Archive } = {};
  for (const [name, item] of Object.entries(archive.assets ?? {}))
    assets[name] = item instanceof Asset ? await hashAsset(item, dir) : await hashArchive(item, dir);
  return new Archive({ assets, hash: sha256(goTar(await archiveFiles(archive, dir))) });
}

/** Every file of an archive: name with forward slashes, to bytes. */
async function archiveFiles(archive: Archive, dir: string, prefix = ""): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [name, item] of Object.entries(archive.assets ?? {})) {
    if (item instanceof Asset) files.set(prefix + name, await assetBytes(item, dir));
    else for (const [key, bytes] of await archiveFiles(item, dir, `${prefix}${name}/`)) files.set(key, bytes);
  }
  if (!archive.path && !archive.uri) return files;
  const path = localPath(archive.path, archive.uri, dir);
  if (!(await stat(path).catch(notFound(path))).isDirectory())
    throw new Diagnosis(`an archive file ('${path}') inside another archive is not supported; name its folder instead`);
  return folderFiles(path, prefix);
}

async function folderFiles(folder: string, prefix: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === ".pulumi") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      for (const [name, bytes] of await folderFiles(path, `${prefix}${entry.name}/`)) files.set(name, bytes);
    } else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile())) {
      files.set(prefix + entry.name, await readFile(path));
    }
  }
  return files;
}

async function assetBytes(asset: Asset, dir: string): Promise<Uint8Array> {
  if (asset.text !== undefined) return Buffer.from(asset.text, "utf8");
  const path = localPath(asset.path, asset.uri, dir);
  return readFile(path).catch(notFound(path));
}

function localPath(path: string | undefined, uri: string | undefined, dir: string): string {
  if (path) return isAbsolute(path) ? path : resolve(dir, path);
  if (uri?.startsWith("file://")) return fileURLToPath(uri);
  throw new Diagnosis(`remote assets are not supported: '${uri ?? ""}'`);
}

function notFound(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new Diagnosis(`failed to open asset file '${path}': ${cause instanceof Error ? cause.message : cause}`);
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** As Go writes it: sorted names, mode 0600, no owner, time zero, ustar; PAX only for names that do not fit. */
function goTar(files: Map<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const names = [...files.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) {
    const bytes = files.get(name)!;
    const split = splitName(name);
    if (!split) parts.push(...paxHeader(name));
    parts.push(header(split ?? { name: asciiOnly(name).slice(0, 100), prefix: "" }, bytes.length, "0"), bytes);
    parts.push(new Uint8Array((512 - (bytes.length % 512)) % 512));
  }
  parts.push(new Uint8Array(1024));
  return Buffer.concat(parts);
}

function splitName(name: string): { name: string; prefix: string } | undefined {
  if (asciiOnly(name) !== name) return undefined;
  if (name.length <= 100) return { name, prefix: "" };
  const cut = name.lastIndexOf("/", name.endsWith("/") ? 155 : Math.min(155, name.length - 2));
  if (cut <= 0 || name.length - cut - 1 > 100) return undefined;
  return { name: name.slice(cut + 1), prefix: name.slice(0, cut) };
}

function asciiOnly(text: string): string {
  return [...text].filter((c) => c.charCodeAt(0) < 128).join("");
}

function header(at: { name: string; prefix: string }, size: number, flag: string): Uint8Array {
  const block = Buffer.alloc(512);
  block.write(at.name, 0, 100, "ascii");
  block.write(flag === "x" ? "0000000" : "0000600", 100);
  block.write("0000000", 108);
  block.write("0000000", 116);
  block.write(size.toString(8).padStart(11, "0"), 124);
  block.write("00000000000", 136);
  block.write(flag, 156);
  block.write("ustar\0" + "00", 257, "latin1");
  block.write("0000000", 329);
  block.write("0000000", 337);
  block.write(at.prefix, 345, 155, "ascii");
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function paxHeader(name: string): Uint8Array[] {
  const tail = Buffer.byteLength(` path=${name}\n`);
  let length = tail + String(tail).length;
  if (String(length).length !== String(tail).length) length = tail + String(length).length;
  const record = Buffer.from(`${length} path=${name}\n`);
  const slash = name.lastIndexOf("/");
  const at = asciiOnly(`${name.slice(0, slash + 1)}PaxHeaders.0/${name.slice(slash + 1)}`).slice(0, 100);
  return [
    header({ name: at, prefix: "" }, record.length, "x"),
    record,
    new Uint8Array((512 - (record.length % 512)) % 512),
  ];
}
