/** What session tokens and federated users may never call, whatever their policies allow, as long as no device confirmed them. */
import { type Call, ServiceError } from "../service.ts";

export function refuseWeakSession({ caller, service }: Call): void {
  const kind = caller?.session?.kind;
  if (service !== "iam" || kind === undefined || kind === "role") return;
  throw new ServiceError("InvalidClientTokenId", 403, "The security token included in the request is invalid");
}
