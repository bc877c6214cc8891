/** Further seeds of random calls, the same on ours and on dynalite. */
import { rounds } from "../../../support/tools.ts";
import { againstDynalite } from "./against-dynalite.ts";

// What one seed does not reach another one does.
againstDynalite(
  Array.from({ length: rounds - 1 }, (_, at) => at + 2),
  false,
);
