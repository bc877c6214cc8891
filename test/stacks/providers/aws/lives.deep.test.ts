/** Every type's whole life on the AWS of other people: moto, LocalStack. */
import { livesOn } from "./lives.ts";

// A provider that works against our own cloud only does not work.
livesOn("others");
