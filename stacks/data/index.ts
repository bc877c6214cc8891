/** What the command line may do with data: every byte of it lies in a store, and is reached by that store's name. */
export * from "./stores.ts";
