/** `domain add`: a name of the owner's own. What is checked here asks nobody; the rest is the operation's. */

import type { OperationEvent } from "../../stacks/events.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { domainFaults } from "../domain-errors.ts";
import { hostFrom } from "../host-name.ts";
import type { DomainRequest } from "../operations/request.ts";
import { start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const host = hostFrom(input.args[1]!);
  const replaces = input.flags["replace-record"] === true;
  const held: OperationEvent[] = [];
  // What is in the way is asked about where somebody can answer; nothing is held meanwhile.
  const emit: Input["emit"] = (event) => {
    if (held.length > 0 || (event.type === "error" && event.code === "domain-records-there")) held.push(event);
    else input.emit(event);
  };
  const first = await begin(input.interactive && !replaces ? { ...input, emit } : input, host, replaces);
  if (held.length === 0) return first;
  const answer = await input.ask("Let these records go when what takes their place is ready? [y/N] ");
  if (/^y(es)?$/i.test(answer.trim())) return begin(input, host, true);
  for (const event of held) input.emit(event);
  return first;
}

async function begin(input: Input, host: string, replaces: boolean): Promise<Outcome> {
  const { flags, paths, env } = input;
  const config = await findCloud(paths, text(flags, "cloud"));
  if (config.target === "local") throw domainFaults.local(config.name);
  const [front, dns] = [text(flags, "front"), text(flags, "dns")] as [DomainRequest["front"], DomainRequest["dns"]];
  const signin = text(flags, "signin");
  const domain: DomainRequest = {
    ...{ action: "add", host, replaces, waits: flags["no-wait"] !== true },
    ...(front ? { front } : {}),
    ...(dns ? { dns } : {}),
    ...(signin === undefined ? {} : { signin: signin === "keep" ? signin : hostFrom(signin) }),
  };
  const token = env["CLOUDFLARE_API_TOKEN"];
  const request = { operation: "domain", ref: input.args[0]!, cloud: config.name, domain } as const;
  return start(input, request, {}, token ? { cloudflare: token } : {});
}
