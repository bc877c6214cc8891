/** What the caller did wrong, or ran into: becomes the answer's status and `error`. Anything else is a bug and a 502. */
export class Problem extends Error {
  constructor(status, message, extra = {}) {
    super(message);
    this.status = status;
    this.extra = extra;
  }
}
