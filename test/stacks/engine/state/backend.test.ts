import { createHash } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { passphraseManager, type SecretsManager } from "../../../../stacks/engine/state/index.ts";
import { lazyPassphraseManager } from "../../../../stacks/engine/state/secrets.ts";
import { Secret } from "../../../../stacks/engine/value.ts";
import { info, ref, root, temporaryBackend, thing, urn } from "./support.ts";

let place: Awaited<ReturnType<typeof temporaryBackend>>;
let secrets: SecretsManager;

beforeEach(async () => {
  place = await temporaryBackend();
  secrets = await passphraseManager("password", "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==");
  await place.backend.create(ref);
});
afterEach(() => place.remove());

/** The root and the named things, each through its intent. */
async function make(...names: string[]): Promise<void> {
  const update = await place.backend.openUpdate(ref, "update", secrets);
  if (update.base.resources.length === 0) update.journal.record({ resource: root(), replaces: null });
  for (const name of names) {
    const entry = await update.journal.begin({ type: "creating", resource: thing(name, { id: undefined }) });
    await entry.done({ resource: thing(name, {}, { token: new Secret(`secret of ${name}`) }), replaces: null });
  }
  await update.finish(info);
}

// The life of a stack, in the official layout.
test("create, update, list, history, remove", async () => {
  await expect(place.backend.create(ref)).rejects.toThrow("stack 'organization/shop/dev' already exists");
  expect(await place.backend.history(ref)).toEqual([]);
  await make("a", "b");
  const { backend } = place;
  expect(await backend.stacks()).toEqual([{ ref, lastUpdate: expect.any(String), resourceCount: 3 }]);
  expect(await backend.stacks("other")).toEqual([]);
  const [entry] = await backend.history(ref);
  expect(entry).toMatchObject({ kind: "update", result: "succeeded", version: 0, resourceChanges: { create: 1 } });
  await make("c");
  expect(await backend.history(ref, { page: 2, pageSize: 1 })).toEqual([entry]);
  expect((await readdir(`${place.dir}/.pulumi/backups/shop/dev`)).length).toBe(2);
  expect(await readFile(`${place.dir}/.pulumi/meta.yaml`, "utf8")).toBe("version: 1\n");
  expect((await stat(place.file)).mode & 0o777).toBe(0o600);
  expect(await readdir(place.locks)).toEqual([]);
  await expect(stat(place.journal)).rejects.toThrow("ENOENT");

  await expect(backend.remove(ref, { force: false })).rejects.toThrow("still has resources");
  await backend.remove(ref, { force: true });
  expect(await backend.exists(ref)).toBe(false);
  await expect(backend.load(ref)).rejects.toThrow("no stack named 'dev' found");
});

// The whole document, so that a change to what is written is seen.
test("the deployment, as it is written", async () => {
  await make("a");
  const json = JSON.parse(await readFile(place.file, "utf8"));
  const ciphertext = json.checkpoint.latest.resources[1].outputs.token.ciphertext;
  expect(ciphertext).toMatch(/^v1:/);
  expect(json).toEqual({
    version: 3,
    checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    checkpoint: {
      stack: "organization/shop/dev",
      latest: {
        manifest: {
          time: expect.stringMatching(/^2026-01-02T/),
          magic: createHash("sha256").update("v3.270.0").digest("hex"),
          version: "v3.270.0",
        },
        secrets_providers: { type: "passphrase", state: secrets.state },
        resources: [
          { urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", custom: false, type: "pulumi:pulumi:Stack" },
          {
            urn: urn("a"),
            custom: true,
            type: "test:index:Thing",
            id: "id-a",
            outputs: { token: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext } },
          },
        ],
        metadata: {},
      },
    },
  });
});

// Out of one stack, into another, and the same afterwards; secrets opened only when asked.
test("export and import", async () => {
  await make("a");
  const { backend } = place;
  const sealed = await backend.exportDeployment(ref, secrets, { showSecrets: false });
  expect(JSON.stringify(sealed)).not.toContain("secret of a");
  const open = await backend.exportDeployment(ref, secrets, { showSecrets: true });
  expect(JSON.stringify(open)).toContain("secret of a");
  const before = (await backend.load(ref)).snapshot(secrets);
  for (const form of [sealed, open]) {
    await backend.remove(ref, { force: true });
    await backend.create(ref);
    await backend.importDeployment(ref, JSON.parse(JSON.stringify(form)), secrets, { force: false });
    expect((await backend.load(ref)).snapshot(secrets)).toEqual(before);
    expect(await readFile(place.file, "utf8")).not.toContain("secret of a");
  }
  const other = { ...ref, stack: "prod" };
  await backend.create(other);
  await expect(backend.importDeployment(other, open, secrets, { force: false })).rejects.toThrow("different stack");
  const torn = structuredClone(open);
  torn.deployment["resources"][1].dependencies = [urn("nowhere")];
  await expect(backend.importDeployment(ref, torn, secrets, { force: false })).rejects.toThrow("integrity");
});

// A rename is the same stack under another name: resources, history and tags go with it.
test("rename", async () => {
  await make("a");
  const { backend } = place;
  await backend.tags(ref).set("owner", "me");
  const to = await backend.rename(ref, "prod");
  expect(await backend.exists(ref)).toBe(false);
  const { resources } = (await backend.load(to)).snapshot(secrets);
  expect(resources.map((state) => state.urn)).toEqual([
    "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod",
    "urn:pulumi:prod::shop::test:index:Thing::a",
  ]);
  expect((await backend.history(to)).map(({ kind }) => kind)).toEqual(["rename", "update"]);
  expect(await backend.tags(to).ls()).toEqual({ owner: "me" });
  await backend.tags(to).rm("owner");
  await expect(backend.tags(to).get("owner")).rejects.toThrow("not found");
  for (const name of ["../x", "a/../b", ""]) await expect(backend.rename(to, name)).rejects.toThrow();
});

// A damaged checkpoint stops everything; its previous version is there.
test("a damaged checkpoint is refused, and the previous one is kept", async () => {
  await make("a");
  const before = await readFile(place.file, "utf8");
  await make("b");
  expect(await readFile(`${place.file}.bak`, "utf8")).toBe(before);
  for (const text of ["", (await readFile(place.file, "utf8")).slice(0, -20)]) {
    await writeFile(place.file, text);
    await expect(place.backend.load(ref)).rejects.toThrow(/cannot be read/);
    await expect(place.backend.openUpdate(ref, "update", secrets)).rejects.toThrow(/cannot be read/);
    expect(await readFile(place.file, "utf8")).toBe(text);
  }
});

// One at a time, and the second is told who is in the way, in the words the Automation API knows.
test("the lock", async () => {
  const first = await place.backend.openUpdate(ref, "update", secrets);
  await expect(place.open().openUpdate(ref, "update", secrets)).rejects.toThrow(
    new RegExp(`^the stack is currently locked by 1 lock\\(s\\)[^]*created by .+@.+ \\(pid ${process.pid}\\) at 2026`),
  );
  await first.abandon();
  await (await place.open().openUpdate(ref, "update", secrets)).abandon();
});

// The official CLI's lock: a living or foreign holder stays; one that is dead on this computer does not.
test("official lock files", async () => {
  const { hostname } = await import("node:os");
  const file = `${place.locks}/11111111-1111-4111-8111-111111111111.json`;
  const lock = { pid: 2 ** 22 + 1, username: "u", hostname: "elsewhere", timestamp: "2026-01-01T00:00:00Z" };
  await writeFile(file, JSON.stringify(lock));
  await expect(place.backend.openUpdate(ref, "update", secrets)).rejects.toThrow("created by u@elsewhere");
  await writeFile(file, JSON.stringify({ ...lock, hostname: hostname(), pid: process.ppid }));
  await expect(place.backend.openUpdate(ref, "update", secrets)).rejects.toThrow("currently locked");
  await place.backend.cancel(ref);
  await writeFile(file, JSON.stringify({ ...lock, hostname: hostname() }));
  await (await place.backend.openUpdate(ref, "update", secrets)).abandon();
  expect(await readdir(place.locks)).toEqual([]);
});

// Row L14: the key may come late, but never too late: nothing is announced, written or forgotten with a passphrase that is wrong.
test("a wrong passphrase changes nothing", async () => {
  const salt = String(secrets.state["salt"]);
  const before = await readFile(place.file, "utf8");
  const update = await place.backend.openUpdate(ref, "update", lazyPassphraseManager("wrong", salt));
  await expect(update.journal.begin({ type: "creating", resource: thing("a") })).rejects.toThrow(
    "incorrect passphrase",
  );
  update.journal.record({ resource: root(), replaces: null });
  await expect(update.finish(info)).rejects.toThrow("incorrect passphrase");
  expect((await readFile(place.journal, "utf8")).trim().split("\n")).toHaveLength(1);
  expect(await readFile(place.file, "utf8")).toBe(before);
  expect(await place.backend.history(ref)).toEqual([]);
  await make("a");
  await expect(place.backend.openUpdate(ref, "update", lazyPassphraseManager("wrong", salt))).rejects.toThrow(
    "incorrect",
  );
  expect(await readdir(place.locks)).toEqual([]);
});
