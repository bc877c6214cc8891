/** `grant rm`: an app may do no more what it asked for beyond its own things. An operation on its settings. */
import type { Input, Outcome } from "../command.ts";
import { changeGrant } from "./grant-add.ts";

export const run = (input: Input): Promise<Outcome> => changeGrant(input, "no");
