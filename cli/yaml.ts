/** The YAML reader behind one door, so that commands that need none do not load it. */
export { parse, stringify } from "yaml";
