/** Who asks, as far as the app and the log are told. */
export interface Who {
  /** `owner`, `guest/ID`. */
  sub: string;
  role: string;
  /** Id of the key that was shown; its owner is `sub`. */
  key?: string;
}

/** As the access log names them. */
export const nameOf = (who: Who | null): string => (who?.key ? `key/${who.key}` : (who?.sub ?? "public"));
