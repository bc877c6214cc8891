/** `browse` where there is no terminal: the list that `search` answers. On one, the table opens the screen instead. */
export { run, type SearchDocument } from "./search.ts";
