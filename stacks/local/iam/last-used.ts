/**
 * When keys of users and roles signed last, for which service: noted in memory with every call, written once a minute
 * and at the end. What the process did not live to write is lost, as AWS's own tracking may lag.
 */
import type { LocalCloud } from "../service.ts";

export interface LastUse {
  /** Milliseconds since 1970. */
  at: number;
  service: string;
  region: string;
}

const writeEveryMs = 60_000;

export class LastUsed {
  readonly #cloud: LocalCloud;
  readonly #noted = new Map<string, LastUse>();
  #timer: NodeJS.Timeout | undefined;

  constructor(cloud: LocalCloud) {
    this.#cloud = cloud;
  }

  /** `id`: an access key's id, or a role's ARN. */
  note(id: string, service: string, region: string): void {
    this.#noted.set(id, { at: this.#cloud.clock.now(), service, region });
    this.#timer ??= setTimeout(() => this.#write(), writeEveryMs).unref();
  }

  of(id: string): LastUse | undefined {
    const kept = (): LastUse | undefined =>
      this.#cloud.store.db.prepare("SELECT at, service, region FROM iam_last_used WHERE id = ?").get(id) as
        | LastUse
        | undefined;
    return this.#noted.get(id) ?? kept();
  }

  async stop(): Promise<void> {
    await this.#write();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const noted = [...this.#noted];
    this.#noted.clear();
    if (noted.length === 0) return;
    await this.#cloud.store
      .write((db) => {
        const insert = db.prepare("INSERT OR REPLACE INTO iam_last_used (id, at, service, region) VALUES (?, ?, ?, ?)");
        for (const [id, { at, service, region }] of noted) insert.run(id, at, service, region);
      })
      .catch((error: Error) => this.#cloud.log(`iam: last uses were not stored: ${error.message}`));
  }
}
