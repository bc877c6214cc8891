/** Every refusal and one seed of random calls, the same on ours and on dynalite; further seeds are in the deep tests. */
import { againstDynalite } from "./against-dynalite.ts";

// A DynamoDB that answers otherwise than AWS is found out by its users, one surprise at a time.
againstDynalite([1], true);
