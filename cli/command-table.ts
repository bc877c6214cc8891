/** Every command there is, as data, in the order of the help; code comes with its first use. What does not work yet is not in here. */
import type { CommandSpec } from "./command.ts";
import { accounts } from "./command-table/accounts.ts";
import { apps } from "./command-table/apps.ts";
import { carrying } from "./command-table/carrying.ts";
import { catalogs } from "./command-table/catalogs.ts";
import { clouds } from "./command-table/clouds.ts";
import { comingIn } from "./command-table/coming-in.ts";
import { storing } from "./command-table/data.ts";
import { domains } from "./command-table/domains.ts";
import { judging } from "./command-table/judging.ts";
import { operating } from "./command-table/operating.ts";
import { settingUp } from "./command-table/setting-up.ts";
import { snapshots } from "./command-table/snapshots.ts";
import { state } from "./command-table/state.ts";
import { things } from "./command-table/things.ts";

export { appFlags, globalFlags } from "./command-table/flags.ts";

export const commands: readonly CommandSpec[] = [
  ...settingUp,
  ...apps,
  ...catalogs,
  ...judging,
  ...operating,
  ...domains,
  ...comingIn,
  ...storing,
  ...carrying,
  ...things,
  ...snapshots,
  ...state,
  ...clouds,
  ...accounts,
];
