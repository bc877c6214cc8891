/** `domain add`: a name of the owner's own. What is checked here asks nobody; the rest is the operation's. */

import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { domainFaults } from "../domain-errors.ts";
import { faults } from "../errors.ts";
import { hostFrom } from "../host-name.ts";
import { type DomainRequest, tokenVariable } from "../operations/request.ts";
import { start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags, paths, env } = input;
  const host = hostFrom(args[1]!);
  const config = await findCloud(paths, text(flags, "cloud"));
  if (config.target === "local") throw domainFaults.local(config.name);
  const [front, dns] = [text(flags, "front"), text(flags, "dns")] as [DomainRequest["front"], DomainRequest["dns"]];
  const signin = text(flags, "signin");
  const beside = signin === undefined || signin === "keep" ? signin : hostFrom(signin);
  const wrong = (why: string) => faults.badFlag("domain add", "--signin", why);
  if (beside !== undefined && args[0] === "signin") throw wrong("is of an app's name: this is sign-in's own");
  if (beside === host) throw wrong("is another name than the app's");
  const domain: DomainRequest = {
    ...{ action: "add", host, replaces: flags["replace-record"] === true, waits: flags["no-wait"] !== true },
    ...(front ? { front } : {}),
    ...(dns ? { dns } : {}),
    ...(beside ? { signin: beside } : {}),
  };
  const token = env[tokenVariable];
  const secrets = { ...(token ? { [tokenVariable]: token } : {}), ...input.secrets };
  const request = { operation: "domain", ref: args[0]!, cloud: config.name, domain } as const;
  return start({ ...input, secrets }, request, {});
}
