/** The words of things: their types, what may be said of them, what they are called. Calls nothing and makes nothing. */
export { nameOf as physicalThingName, thingsStack } from "./physical.ts";
export { findThingType, shortName, thingTypeOf, thingTypes } from "./schema.ts";
export { fileKey, isFile, thingNameProblem } from "./thing.ts";
export { functionKind, readUsual, usualKinds } from "./usual.ts";
export { type Problem, problemsOfInputs, readWords } from "./words.ts";
