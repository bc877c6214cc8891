/** What a fault says to do next names the cloud that was named on the command line. */
import { expect, it } from "vitest";
import { Fault } from "../../blueprints/fault.ts";
import { cloudIn, elsewhere } from "../../cli/elsewhere.ts";

const nextOf = (next: string | undefined, cloud: string | undefined): string | undefined =>
  elsewhere(new Fault({ code: "some", summary: "Some", ...(next === undefined ? {} : { next }) }), cloud).next;

it.each([
  ["freehold domain add notes a.example.org", "freehold domain add notes a.example.org --cloud work"],
  ["freehold exec notes --function NAME -- CMD --x", "freehold exec notes --function NAME --cloud work -- CMD --x"],
  ["freehold secret set notes key < FILE", "freehold secret set notes key --cloud work < FILE"],
])("%s", (next, same) => expect(nextOf(next, "work")).toBe(same));

it.each([
  "freehold state repair --cloud other",
  "freehold logs --help",
  "freehold setup --name work",
  "freehold cloud ls",
  "freehold --help",
  "aws login --profile freehold",
  "Write the record where the zone is.",
])("leaves: %s", (next) => expect(nextOf(next, "work")).toBe(next));

it("leaves all as it was where no cloud was named, or nothing is to be done", () => {
  expect(nextOf("freehold up notes", undefined)).toBe("freehold up notes");
  expect(nextOf(undefined, "work")).toBeUndefined();
});

it.each([
  ["up notes --cloud work --json", "work"],
  ["--cloud=work ls", "work"],
  ["up notes --cloud", undefined],
  ["up notes --cloudy work", undefined],
])("a command line: %s", (line, cloud) => expect(cloudIn(line)).toBe(cloud));
