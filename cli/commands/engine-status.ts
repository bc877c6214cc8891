/** `engine status`: which engine carries a cloud's stacks out, and what else is here. Starts no cloud, changes nothing. */
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { pluginHomes } from "./engine-use.ts";

export interface EngineStatusDocument {
  cloud: string;
  engine: "embedded" | "official";
  /** Of the official engine: its command; null of the embedded one. */
  pulumi: string | null;
  /** Pulumi's, whose engine or protocol it is; null when the command cannot be asked. */
  version: string | null;
  /** Why it cannot be asked. */
  problem: string | null;
  provider: "freehold" | "pulumi";
  /** The official Pulumi that `engine use official` would take: the first one on PATH. */
  found: { file: string; version: string } | null;
  /** The folder of Pulumi's own aws plugin, when it is here. */
  plugin: string | null;
  /** The same of what makes DNS records in Cloudflare. */
  cloudflare: { provider: "freehold" | "pulumi"; plugin: string | null };
  /** What is recommended for a cloud like this one. */
  recommended: "embedded" | "official";
}

export async function run({ paths, flags, env }: Input): Promise<Outcome> {
  const { name, target, official } = await findCloud(paths, text(flags, "cloud"));
  const engines = await (await import("../../stacks/deploy.ts")).officialPulumi();
  const found = await engines.findPulumi(env["PATH"] ?? "").catch(() => undefined);
  const asked = official && (await engines.lookAtPulumi(official.pulumi).catch((problem: Error) => problem));
  const homes = pluginHomes(paths, env);
  const failed = asked instanceof Error ? asked : undefined;
  return {
    document: {
      cloud: name,
      engine: official ? "official" : "embedded",
      pulumi: official?.pulumi ?? null,
      version: asked === undefined ? engines.pinnedPulumi : asked instanceof Error ? null : asked.version,
      problem: failed ? ((failed as { detail?: string }).detail ?? failed.message) : null,
      provider: official?.plugin === undefined ? "freehold" : "pulumi",
      found: found ?? null,
      plugin: (await engines.findPlugin("aws", homes)) ?? null,
      cloudflare: {
        provider: official?.cloudflarePlugin === undefined ? "freehold" : "pulumi",
        plugin: (await engines.findPlugin("cloudflare", homes)) ?? null,
      },
      recommended: target === "aws" ? "official" : "embedded",
    } satisfies EngineStatusDocument,
  };
}
