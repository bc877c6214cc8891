/** The peer, in a process of its own as ours is: dynalite on disk. Prints its port. */
import { createRequire } from "node:module";

const dynalite = createRequire(import.meta.url)("dynalite");
const server = dynalite({ path: process.argv[2], createTableMs: 0 });
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
