/** GetSessionToken and GetFederationToken: temporary keys of a user's own, the second with less than the user may. */
import type { QueryInput } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import { type Call, type Caller, type LocalCloud, ServiceError } from "../service.ts";
import { carriedOf } from "./inputs.ts";
import { credentialsXml, type Sessions } from "./sessions.ts";

const rootSeconds = 3_600;
const defaultSeconds = 43_200;

export function getSessionToken(sessions: Sessions) {
  return async (input: QueryInput, call: Call): Promise<XmlValue> => {
    const { arn, userId } = ownKeys("GetSessionToken", call);
    if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
      throw new ServiceError(
        "AccessDenied",
        403,
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
      );
    const { session, durable } = sessions.add({ arn, userId }, secondsFor(arn, input), { kind: "session-token" });
    await durable;
    return { Credentials: credentialsXml(session) };
  };
}

export function getFederationToken({ store, options }: LocalCloud, sessions: Sessions) {
  return async (input: QueryInput, call: Call): Promise<XmlValue> => {
    const { arn } = ownKeys("GetFederationToken", call);
    const { policies = [], tags, packedSize } = carriedOf(input, store.db);
    const { accountId } = options;
    const identity = {
      arn: `arn:aws:sts::${accountId}:federated-user/${input.Name}`,
      userId: `${accountId}:${input.Name}`,
    };
    const { session, durable } = sessions.add(identity, secondsFor(arn, input), {
      kind: "federation",
      policies,
      tags,
      ...(isRoot(arn) ? {} : { userArn: arn }),
    });
    await durable;
    return {
      Credentials: credentialsXml(session),
      FederatedUser: { FederatedUserId: identity.userId, Arn: identity.arn },
      PackedPolicySize: packedSize,
    };
  };
}

const isRoot = (arn: string): boolean => arn.endsWith(":root");

/** The owner of an account gets an hour, whatever is asked for. */
function secondsFor(arn: string, { DurationSeconds }: QueryInput): number {
  const seconds = Number(DurationSeconds ?? defaultSeconds);
  return isRoot(arn) ? Math.min(seconds, rootSeconds) : seconds;
}

function ownKeys(operation: string, { caller }: Call): Caller {
  if (caller?.session) throw new ServiceError("AccessDenied", 403, `Cannot call ${operation} with session credentials`);
  return caller as Caller;
}
