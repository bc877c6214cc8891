/** Archives become the same bytes everywhere, or every `up` on another machine would send all code again. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Archive, Asset } from "../../../../stacks/engine/value.ts";
import { archiveBytes, sha256Base64 } from "../../../../stacks/providers/aws/bytes.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "freehold-zip-"));
  await mkdir(join(folder, "app/lib"), { recursive: true });
  await writeFile(join(folder, "app/index.mjs"), "export const a = 1;\n");
  await writeFile(join(folder, "app/lib/b.mjs"), "export const b = 2;\n");
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const text = (value: string) => new Asset({ text: value });

describe("an archive", () => {
  // The order in which a program lists its files says nothing.
  it("has the same bytes in whatever order it was said", async () => {
    const one = await archiveBytes(new Archive({ assets: { a: text("1"), b: text("2") } }));
    const two = await archiveBytes(new Archive({ assets: { b: text("2"), a: text("1") } }));
    expect(sha256Base64(one)).toBe(sha256Base64(two));
    // 1990-01-01 00:00 in a zip's own notation: nothing of the present leaks in.
    expect(Buffer.from(one).readUInt32LE(10)).toBe((((1990 - 1980) << 25) | (1 << 21) | (1 << 16)) >>> 0);
  });

  it("holds a folder, an archive within, and the executable bit alone of a file's mode", async () => {
    const path = join(folder, "app");
    const before = await archiveBytes(new Archive({ path }));
    await chmod(join(path, "index.mjs"), 0o600);
    expect(sha256Base64(await archiveBytes(new Archive({ path })))).toBe(sha256Base64(before));
    await chmod(join(path, "index.mjs"), 0o755);
    expect(sha256Base64(await archiveBytes(new Archive({ path })))).not.toBe(sha256Base64(before));
    const nested = await archiveBytes(new Archive({ assets: { "x.txt": text("x"), app: new Archive({ path }) } }));
    expect(Object.keys(unzipSync(nested))).toEqual(["app/index.mjs", "app/lib/b.mjs", "x.txt"]);
  });

  it("that is a zip file is taken as it is", async () => {
    const bytes = await archiveBytes(new Archive({ assets: { a: text("1") } }));
    await writeFile(join(folder, "made.zip"), bytes);
    expect(Buffer.from(await archiveBytes(new Archive({ path: join(folder, "made.zip") }))).equals(bytes)).toBe(true);
  });

  // A link could lead out of the folder, an address out of the computer.
  it("refuses linked folders, addresses, other formats and what is not there", async () => {
    await mkdir(join(folder, "linked"));
    await symlink(folder, join(folder, "linked/out"));
    await expect(archiveBytes(new Archive({ path: join(folder, "linked") }))).rejects.toThrow(/symbolic link/);
    await expect(archiveBytes(new Archive({ uri: "https://example.com/a.zip" }))).rejects.toThrow(/not addresses/);
    await writeFile(join(folder, "a.tar"), "tar");
    await expect(archiveBytes(new Archive({ path: join(folder, "a.tar") }))).rejects.toThrow(/folder or a .zip/);
    await expect(archiveBytes(new Archive({ path: join(folder, "none") }))).rejects.toThrow(/cannot read/);
    await expect(archiveBytes(new Archive({ hash: "abc" }))).rejects.toThrow(/only its hash/);
  });
});
