/**
 * What one resource type is made of. A type's file fills in this shape and nothing else; skeleton.ts turns it into
 * check, diff, create, read, update and delete. Adding a type is adding a file and a line in the provider's registry.
 */
import type { CheckFailure, Context } from "../../engine/provider.ts";
import type { PropertyMap, PropertyValue } from "../../engine/value.ts";
import type { Autoname } from "./naming.ts";
import type { Properties } from "./schema.ts";

/** One configured provider's connection to its cloud, as far as the skeleton asks it. */
export interface Session {
  /** Where resources are that name no region; the empty string in a cloud that has none. */
  readonly region: string;
  /** Whether the cloud answered one of these codes. */
  hasCode(error: unknown, codes: readonly string[]): boolean;
  /** An answer that arrived but could not be read: nobody knows whether the call was carried out. */
  isUnreadable(error: unknown): boolean;
  /** Whether earlier attempts of the same call may have been carried out. */
  wasRepeated(error: unknown): boolean;
  close(): Promise<void>;
}

/** Everything a type's functions may use for one call. */
export interface Call<S extends Session = Session> {
  session: S;
  context: Context;
  /** Of this resource; the empty string in a cloud that has none. */
  region: string;
  /** The physical id; the empty string before create. */
  id: string;
  /** Wanted inputs; on read and delete those last known. */
  inputs: PropertyMap;
  /** Inputs of the last deployment, on update. */
  olds: PropertyMap;
  /** Last known outputs. */
  outputs: PropertyMap;
  /** What errors and status lines call it: the physical name, else the logical one. */
  label: string;
  /** When the create began whose leftovers are looked for; milliseconds since 1970. Undefined: in this very run. */
  since?: number;
  /** True when nothing is known but the id (import, get). */
  importing: boolean;
}

/** What comparing may look at: it asks the cloud nothing. */
export type Compared = Pick<Call, "inputs" | "olds" | "outputs">;

/** A resource as the cloud has it: `inputs` in the program's words, `outputs` that no program says. */
export interface Observed {
  inputs: PropertyMap;
  outputs: PropertyMap;
}

/** One thing that can be changed by itself: which inputs it is of, and how the cloud is brought to them. */
export interface Aspect<S extends Session = Session> {
  of: readonly string[];
  /** True when `create` does not already send it. */
  afterCreate?: boolean;
  /** True when the cloud does not tell it with the resource: whoever takes one over brings it about again. */
  untold?: boolean;
  sync(call: Call<S>, changed: readonly string[]): Promise<void>;
}

export interface ResourceType<S extends Session = Session> {
  token: string;
  properties: Properties;
  /** Output names that are not inputs. */
  outputs: readonly string[];
  /** Of those (and of the computed inputs), the ones an update may change. */
  volatile?: readonly string[];
  taggable?: boolean;
  /** Is in no region: everything in a cloud that has none, and what AWS has once for all regions. */
  global?: boolean;
  autoname?: Autoname;
  secretOutputs?: readonly string[];
  /** Of upstream's schema, where it is not 0: what a state does not say, Pulumi's own plugin takes for 0 and rewrites. */
  schemaVersion?: number;
  /** The physical identity, known before create; two resources cannot share it. */
  identity?(inputs: PropertyMap): string | undefined;
  /** What a create is noted under where neither its id is known before it nor `locate` finds it. */
  intent?(inputs: PropertyMap): string;
  /** Rules that a table cannot say. */
  validate?(inputs: PropertyMap): CheckFailure[];
  /** The one spelling of all inputs that say the same, where a property alone cannot tell. Unknowns stay. */
  spelling?(inputs: PropertyMap): PropertyMap;
  /** Narrows the changed names, for example where content is compared by its hash. */
  settle?(compared: Compared, changed: string[]): Promise<string[]>;
  /**
   * Makes it exist and answers its id. AlreadyExists surfaces as the service's error, recognised by `exists`. Sets
   * `call.id` once it is there, so that a failure after that keeps it in the state.
   */
  create(call: Call<S>): Promise<string>;
  /** Codes by which create says that somebody has it already. */
  exists?: readonly string[];
  /** Its id when create could not say it. */
  locate?(call: Call<S>): Promise<string | undefined>;
  /** Whether an untagged leftover may be taken as ours, for services that tag in a second call. */
  claimable?(call: Call<S>): Promise<boolean>;
  aspects: readonly Aspect<S>[];
  /** Undefined when there is no such thing. */
  observe(call: Call<S>): Promise<Observed | undefined>;
  /** A missing resource is done. */
  remove(call: Call<S>): Promise<void>;
}

/** Accessors that turn checked inputs into what SDK calls take. */
export const str = (map: PropertyMap, name: string): string | undefined => map[name] as string | undefined;
export const num = (map: PropertyMap, name: string): number | undefined => map[name] as number | undefined;
export const bool = (map: PropertyMap, name: string): boolean | undefined => map[name] as boolean | undefined;
export const strs = (map: PropertyMap, name: string): string[] | undefined => map[name] as string[] | undefined;
export const sub = (map: PropertyMap, name: string): PropertyMap | undefined => map[name] as PropertyMap | undefined;
export const subs = (map: PropertyMap, name: string): PropertyMap[] => (map[name] as PropertyMap[] | undefined) ?? [];

/** A map without what the cloud left out, ready to be inputs or outputs. */
export function compact(values: { [key: string]: PropertyValue | undefined }): PropertyMap {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  ) as PropertyMap;
}
