/** `domain rm`: a name goes, and what was made for it; what it led to stays. */

import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { domainFaults } from "../domain-errors.ts";
import { hostFrom } from "../host-name.ts";
import { confirm, start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const [site = "", typed = ""] = input.args;
  const host = hostFrom(typed);
  const config = await findCloud(input.paths, text(input.flags, "cloud"));
  if (config.target === "local") throw domainFaults.local(config.name);
  const passkeys = site === "signin" ? " Passkeys of it are good for nothing after that." : "";
  await confirm(input, `Remove the name ${host} of ${site}?${passkeys}`, "--yes");
  const domain = { action: "rm", host, waits: true, replaces: false } as const;
  return start(input, { operation: "domain", ref: site, cloud: config.name, domain }, {});
}
