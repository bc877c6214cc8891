/** What a gate asks the sign-in function, and what it is told. */
export interface SigninRequest {
  link: string;
  app: string;
  /** The caller's address, as the gate was told it by Lambda. */
  from: string;
}

/** `session` null: the link is not one, is used, or is too old; or, with `wait` in seconds, nobody looked. */
export interface SigninResponse {
  session: string | null;
  wait?: number;
}
