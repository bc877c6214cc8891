/** What one resource type of AWS is made of: the kit's description, with AWS's session in its calls. */
import type { Aspect as AspectOf, Call as CallOf, ResourceType as ResourceTypeOf } from "../kit/type.ts";
import type { Session } from "./session.ts";

export { bool, type Compared, compact, num, type Observed, str, strs, sub, subs } from "../kit/type.ts";

export type Call = CallOf<Session>;
export type Aspect = AspectOf<Session>;
export type ResourceType = ResourceTypeOf<Session>;
