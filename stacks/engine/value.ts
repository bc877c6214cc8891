/**
 * Property values as the engine and its providers hold them: plain JavaScript plus a few wrappers for what JSON
 * cannot say. Knows neither protobuf nor Pulumi's wire signatures (those are in wire.ts) nor any cloud.
 */

/** A value that is not known until the deployment has run (preview only). */
export class Unknown {
  readonly kind = "unknown";
}
export const unknown = new Unknown();

/** A value that is encrypted in state and masked everywhere else. Never nested directly in another Secret. */
export class Secret {
  readonly kind = "secret";
  readonly value: PropertyValue;
  constructor(value: PropertyValue) {
    this.value = value instanceof Secret ? value.value : value;
  }
}

/** One file. Exactly one of text, path, uri, unless only its hash is known (contents elided). */
export class Asset {
  readonly kind = "asset";
  readonly text?: string;
  readonly path?: string;
  readonly uri?: string;
  /** sha256 of the bytes, hex; filled in by the engine on receipt. */
  readonly hash?: string;
  constructor(init: { text?: string; path?: string; uri?: string; hash?: string }) {
    Object.assign(this, init);
  }
}

/** Several files: a map of names, a folder or archive file at path, or a uri. */
export class Archive {
  readonly kind = "archive";
  readonly assets?: { readonly [name: string]: Asset | Archive };
  readonly path?: string;
  readonly uri?: string;
  readonly hash?: string;
  constructor(init: { assets?: { [name: string]: Asset | Archive }; path?: string; uri?: string; hash?: string }) {
    Object.assign(this, init);
  }
}

export class ResourceReference {
  readonly kind = "resource-reference";
  readonly urn: string;
  readonly id?: PropertyValue;
  readonly packageVersion?: string;
  constructor(init: { urn: string; id?: PropertyValue; packageVersion?: string }) {
    this.urn = init.urn;
    if (init.id !== undefined) this.id = init.id;
    if (init.packageVersion !== undefined) this.packageVersion = init.packageVersion;
  }
}

/** An output with its dependencies; seen only in calls, remote components and transforms. */
export class OutputValue {
  readonly kind = "output-value";
  /** Absent means unknown. */
  readonly value?: PropertyValue;
  readonly secret: boolean;
  readonly dependencies: readonly string[];
  constructor(init: { value?: PropertyValue; secret?: boolean; dependencies?: readonly string[] }) {
    if (init.value !== undefined) this.value = init.value;
    this.secret = init.secret ?? false;
    this.dependencies = init.dependencies ?? [];
  }
}

export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Unknown
  | Secret
  | Asset
  | Archive
  | ResourceReference
  | OutputValue
  | PropertyValue[]
  | PropertyMap;

/** Absent keys and `undefined` are the same thing; `null` is a value. */
export type PropertyMap = { [key: string]: PropertyValue };
