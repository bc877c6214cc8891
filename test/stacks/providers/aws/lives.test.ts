/** Every type's whole life on the local cloud; on moto and LocalStack it is in the deep tests. */
import { expect, it } from "vitest";
import { knownTypes } from "../../../../stacks/providers/aws/index.ts";
import { fresh } from "./cases.ts";
import { livesOn, typesWithLives } from "./lives.ts";

livesOn("the local cloud");

// A type without a life is a type nobody has tried.
it("every registered type has a life", async () => {
  expect(await typesWithLives()).toEqual([...knownTypes].sort());
  expect(fresh("a")).not.toBe(fresh("a"));
});
