/** `up` of two records in a process that can be killed: `node child.ts FOLDER ZONE`. Cloudflare is where the environment says. */
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import { stackIn, www } from "./programs.ts";

const [dir = "", zoneId = ""] = process.argv.slice(2);

async function program(): Promise<void> {
  const { name } = www(zoneId);
  const of = name.apply((whole) => `_of.${whole}`);
  new DnsRecord("of", { zoneId, name: of, type: "TXT", ttl: 1, content: "notes" });
}

const stack = await stackIn(dir, program, process.env as Record<string, string>);
await stack.up().then(
  () => process.exit(0),
  () => process.exit(1),
);
