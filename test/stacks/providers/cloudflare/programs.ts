/** What tests of whole Cloudflare programs share: a fake, a stack in a folder of its own, and all that was kept of it or said. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import type * as pulumi from "@pulumi/pulumi";
import { type EngineEvent, LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { embeddedEngine } from "../../../../stacks/engine/index.ts";
import { ownProviders } from "../../../../stacks/providers/index.ts";
import { type CloudflareFake, type FakeZone, startCloudflare } from "../../../support/cloudflare.ts";
import { saltStack } from "../../engine/support/salt.ts";

export class Ground {
  readonly fake: CloudflareFake;
  /** `example.com` of the account Home. */
  readonly zone: FakeZone;
  /** May do what is needed, in that zone. */
  readonly token: string;
  readonly dir: string;
  #said = "";

  private constructor(fake: CloudflareFake, dir: string) {
    this.fake = fake;
    this.dir = dir;
    this.zone = fake.addZone("example.com", { id: "a1", name: "Home" });
    this.token = fake.addToken({ zones: [this.zone.id], scopes: ["Zone:Read", "DNS:Edit"] });
  }

  static async make(): Promise<Ground> {
    return new Ground(await startCloudflare(), await mkdtemp(join(tmpdir(), "cloudflare-")));
  }

  async close(): Promise<void> {
    await this.fake.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  stack(program: PulumiFn, environment: Record<string, string> = {}): Promise<Stack> {
    return stackIn(this.dir, program, { CLOUDFLARE_BASE_URL: this.fake.endpoint, ...environment });
  }

  /** Of an operation: everything that it says is kept. */
  readonly heard = {
    onOutput: (text: string): void => this.#hear(text),
    onError: (text: string): void => this.#hear(text),
    onEvent: (event: EngineEvent): void => this.#hear(JSON.stringify(event)),
  };

  #hear(text: string): void {
    this.#said += text;
  }

  /** Every file of the stack's, or of a folder of it, and all that was said. */
  kept(folder = "."): string {
    const files = readdirSync(join(this.dir, folder), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return [this.#said, ...files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))].join("\n");
  }
}

export async function stackIn(dir: string, program: PulumiFn, environment: Record<string, string>): Promise<Stack> {
  saltStack(dir, "dev");
  return await LocalWorkspace.createOrSelectStack(
    { stackName: "dev", projectName: "domains", program },
    {
      workDir: dir,
      pulumiHome: join(dir, "home"),
      pulumiCommand: embeddedEngine({ providers: ownProviders(environment) }),
      envVars: { PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "p" },
    },
  );
}

/** An alias in a zone. */
export function www(
  zoneId: pulumi.Input<string>,
  more: { name?: string; content?: string } = {},
  options: pulumi.CustomResourceOptions = {},
): DnsRecord {
  return new DnsRecord(
    "www",
    { zoneId, name: "www", type: "CNAME", ttl: 1, content: "app.example.net", ...more },
    options,
  );
}
