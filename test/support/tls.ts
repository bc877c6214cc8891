/** A certificate of a test's own for some hosts, and what Chromium needs to take it for a good one. */
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Tls } from "./fronts.ts";

/** Made by openssl, good for two days. */
export async function certificateFor(hosts: readonly string[]): Promise<Tls> {
  const dir = await mkdtemp(join(tmpdir(), "freehold-tls-"));
  const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  const names = `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`;
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=freehold test", "-addext", names, "-keyout", key, "-out", cert],
  ]);
  const made = { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
  await rm(dir, { recursive: true });
  return made;
}

/**
 * Switches by which Chromium finds each host at a port of this computer and trusts this one key: a page that it takes for
 * one with a wrong certificate has no passkeys.
 */
export function chromiumFinds(ports: Readonly<Record<string, number>>, { cert }: Tls): string[] {
  const spki = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
  const rules = Object.entries(ports).map(([host, port]) => `MAP ${host}:443 127.0.0.1:${port}`);
  return [
    `--host-resolver-rules=${rules.join(", ")}`,
    `--ignore-certificate-errors-spki-list=${createHash("sha256").update(spki).digest("base64")}`,
  ];
}
