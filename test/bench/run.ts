/**
 * Figures, not verdicts: each goal beside what it is measured against in the same run, pair by pair, because machines
 * differ and drift. `npm run bench [-- NAME...]` prints min, median and max; nothing here passes or fails.
 */
import { parseArgs } from "node:util";
import { withHome } from "../support/home.ts";
import { access } from "./access.ts";
import { aws } from "./aws.ts";
import { catalog } from "./catalog.ts";
import { commands } from "./commands.ts";
import { data } from "./data.ts";
import { engine } from "./engine.ts";
import { enginePairs } from "./engine-pairs.ts";
import { functions } from "./functions.ts";
import { gate } from "./gate.ts";
import { homePage } from "./home-page.ts";
import { policies } from "./policies.ts";
import { requests } from "./requests.ts";
import { stores } from "./stores.ts";
import { table } from "./table.ts";
import { terminal } from "./terminal.ts";

const groups: Record<string, (home: Awaited<ReturnType<typeof withHome>>) => Promise<void>> = {
  access,
  aws,
  catalog,
  commands,
  data,
  engine,
  "engine-pairs": enginePairs,
  functions,
  gate,
  "home-page": homePage,
  policies,
  requests,
  stores,
  terminal,
};

const { positionals } = parseArgs({ allowPositionals: true });
const chosen = positionals.length > 0 ? positionals : Object.keys(groups);
const home = await withHome();
try {
  for (const name of chosen) {
    const group = groups[name];
    if (!group) throw new Error(`No such group: ${name}. There are: ${Object.keys(groups).join(", ")}`);
    await group(home);
  }
} finally {
  await home.close();
}
table.print();
