/** What is wrong with a manifest, and the place in its data; load.ts says where in the text that is. */
export interface Finding {
  path: PropertyKey[];
  /** The place is the key's, not the value's. */
  key?: boolean;
  message: string;
}
