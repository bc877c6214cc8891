import fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkpointText,
  deploymentFromSnapshot,
  parseCheckpoint,
  resourceFromJson,
  resourceToJson,
  snapshotFromDeployment,
} from "../../../../stacks/engine/state/checkpoint.ts";
import { verifyIntegrity } from "../../../../stacks/engine/state/integrity.ts";
import { lazyPassphraseManager, passphraseManager, readPassphrase } from "../../../../stacks/engine/state/secrets.ts";
import { Archive, Asset, type PropertyValue, ResourceReference, Secret } from "../../../../stacks/engine/value.ts";
import { root, rootUrn, thing, urn } from "./support.ts";

const salt = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";

// The official CLI made this salt: reading it shows that both derive the same key.
test("the passphrase vector of the official engine", async () => {
  const manager = await passphraseManager("password", salt);
  expect(manager.state).toEqual({ salt });
  const ciphertext = manager.encrypt('"hunter2"');
  expect(ciphertext).toMatch(/^v1:[A-Za-z0-9+/]{16}:/);
  expect((await passphraseManager("password", salt)).decrypt(ciphertext)).toBe('"hunter2"');
  await expect(passphraseManager("wrong", salt)).rejects.toThrow(/^incorrect passphrase$/);
  await expect(passphraseManager("password", "garbage")).rejects.toThrow("incorrect passphrase");
});

// Who meets no secret need not wait a third of a second; who does is never served by a key that was not checked.
test("a key that is still under way", async () => {
  const sealed = (await passphraseManager("password", salt)).encrypt("x");
  expect(lazyPassphraseManager("password", salt).decrypt(sealed)).toBe("x");
  const wrong = lazyPassphraseManager("wrong at first", salt);
  expect(() => wrong.encrypt("x")).toThrow("incorrect passphrase");
  await expect(lazyPassphraseManager("wrong in the end", salt).ready()).rejects.toThrow(/^incorrect passphrase$/);
});

// An empty passphrase is a passphrase; none at all is not.
test("where the passphrase comes from", async () => {
  expect(await readPassphrase({})).toBeUndefined();
  expect(await readPassphrase({ PULUMI_CONFIG_PASSPHRASE: "" })).toBe("");
});

// A new stack's salt opens with its own passphrase, and ciphertext that was tampered with opens with none.
test("a new salt, and tampering", async () => {
  const manager = await passphraseManager("p");
  const again = await passphraseManager("p", String(manager.state["salt"]));
  const sealed = manager.encrypt("x");
  expect(again.decrypt(sealed)).toBe("x");
  const bytes = Buffer.from(sealed.split(":")[2]!, "base64");
  bytes[0]! ^= 1;
  const bent = sealed.split(":").with(2, bytes.toString("base64")).join(":");
  expect(() => again.decrypt(bent)).toThrow("incorrect passphrase");
});

const leaf: fc.Arbitrary<PropertyValue> = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.boolean(),
  fc.constant(null),
  fc.constant(Number.NaN),
  fc.string().map((text) => new Asset({ text, hash: "h" })),
  fc.string({ minLength: 1 }).map((path) => new Archive({ path, hash: "h" })),
  fc.string().map((text) => new Archive({ assets: { a: new Asset({ text }) } })),
  fc.string().map((id) => new ResourceReference({ urn: rootUrn, id })),
);
const key = fc.string({ minLength: 1 }).filter((text) => text !== "__proto__");
const { value } = fc.letrec<{ value: PropertyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }).map((map) => ({ ...map })),
    tie("value").map((inner) => new Secret(inner)),
  ),
}));

// Whatever a program can say comes back as it was said, through text and encryption.
test("values survive state", async () => {
  const manager = await passphraseManager("password", salt);
  fc.assert(
    fc.property(value, (said) => {
      const state = thing("a", { inputs: { said } });
      const text = JSON.stringify(resourceToJson(state, { kind: "ciphertext", manager }));
      expect(resourceFromJson(JSON.parse(text), manager)).toEqual(state);
    }),
    { numRuns: 300 },
  );
});

// Secrets are not in the text, and an unchanged secret keeps its ciphertext: state that did not change is the same.
test("secrets are sealed, and stay as they were sealed", async () => {
  const manager = await passphraseManager("password", salt);
  const snapshot = { resources: [root(), thing("a", {}, { token: new Secret("hunter2") })], pendingOperations: [] };
  const form = { kind: "ciphertext", manager } as const;
  const first = deploymentFromSnapshot(snapshot, manager, form, 0);
  expect(JSON.stringify(first)).not.toContain("hunter2");
  const other = await passphraseManager("password", salt);
  const read = snapshotFromDeployment(JSON.parse(JSON.stringify(first)), other);
  expect(read.resources[1]?.outputs["token"]).toEqual(new Secret("hunter2"));
  expect(deploymentFromSnapshot(read, other, { kind: "ciphertext", manager: other }, 0)).toEqual(first);
  expect(() => snapshotFromDeployment(first, undefined)).toThrow("holds secrets");
});

// Every field of Pulumi's resource, and those this version has never heard of.
test("all fields are kept", () => {
  const json = {
    urn: urn("a"),
    custom: true,
    delete: true,
    id: "i",
    type: "test:index:Thing",
    inputs: { a: 1 },
    outputs: { b: [true, null] },
    parent: rootUrn,
    protect: true,
    taint: true,
    external: true,
    dependencies: [rootUrn],
    initErrors: ["late"],
    provider: "urn:pulumi:dev::shop::pulumi:providers:test::default::1",
    propertyDependencies: { a: [rootUrn] },
    pendingReplacement: true,
    additionalSecretOutputs: ["b"],
    aliases: [urn("old")],
    customTimeouts: { create: 60 },
    importID: "i",
    retainOnDelete: true,
    deletedWith: rootUrn,
    replaceWith: [rootUrn],
    created: "2026-01-01T00:00:00Z",
    modified: "2026-01-02T00:00:00Z",
    sourcePosition: "project:///index.ts#1,2",
    ignoreChanges: ["a"],
    hideDiff: ["a"],
    replaceOnChanges: ["a"],
    replacementTrigger: "t",
    refreshBeforeUpdate: true,
    viewOf: rootUrn,
    resourceHooks: { beforeCreate: ["h"] },
    stackTrace: [{ sourcePosition: "x" }],
    fieldOfTheFuture: { deep: [1] },
  };
  expect(resourceToJson(resourceFromJson(json, undefined), { kind: "plaintext" })).toEqual(json);
});

// No unreadable file is an empty stack: that would be a plan to make everything again.
test("files that cannot be read are named, with the place", () => {
  const whole = checkpointText("organization/shop/dev", { manifest: {} }, []);
  for (let length = 1; length < whole.length; length++)
    expect(() => parseCheckpoint("s.json", whole.slice(0, length)), whole.slice(0, length)).toThrow(
      /^s\.json at byte \d+ cannot be read/,
    );
  for (const text of ["", " \n", "[]", "null", '{"version":3}'])
    expect(() => parseCheckpoint("s.json", text)).toThrow(/cannot be read/);
  expect(() => parseCheckpoint("s.json", '{"version":9,"checkpoint":{}}')).toThrow(/version 9/);
  expect(() => parseCheckpoint("s.json", '{"version":4,"features":["telepathy"],"checkpoint":{}}')).toThrow(
    /telepathy/,
  );
  expect(
    parseCheckpoint("s.json", '{"version":0,"checkpoint":{"stack":"organization/shop/dev"}}').deployment,
  ).toBeNull();
});

// Pulumi's rules: what is written can be read by its own engine.
test("integrity", () => {
  const check = (...resources: ReturnType<typeof thing>[]) => verifyIntegrity({ resources, pendingOperations: [] });
  const provider = thing("p", { urn: "urn:pulumi:dev::shop::pulumi:providers:test::p", type: "pulumi:providers:test" });
  const reference = `${provider.urn}::${provider.id}`;
  check(
    root(),
    provider,
    thing("a", { parent: rootUrn, provider: reference }),
    thing("b", { dependencies: [urn("a")] }),
  );
  check(thing("a", { delete: true }), thing("a"));
  check(thing("a", { provider: reference, pendingReplacement: true }));
  const broken = [
    [thing("a"), thing("a")],
    [thing("b", { dependencies: [urn("a")] }), thing("a")],
    [thing("a", { parent: rootUrn }), root()],
    [thing("a", { provider: reference }), provider],
    [thing("a", { propertyDependencies: { x: [urn("z")] } })],
    [thing("a", { deletedWith: urn("z") })],
    [thing("a", { custom: false })],
    [thing("a", { type: "" })],
  ];
  for (const resources of broken) expect(() => check(...resources)).toThrow(/^snapshot integrity failure: /);
});
