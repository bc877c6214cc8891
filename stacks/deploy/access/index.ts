/** What the command line may do with the table `access`. */

export { type AppRow, forgetApp, putAppRow, putThingsRow, type StoredAt, setUpdates } from "./apps.ts";
export { type Guest, inviteGuest, listGuests, type NewGuest, revokeGuest } from "./guests.ts";
export { type AppKey, listKeys, type NewKey, newKey, removeKeys } from "./keys.ts";
export { type AccessLine, type AccessQuestion, readAccess } from "./log.ts";
export { listPasskeys, type Passkey, removePasskey } from "./passkeys.ts";
export { rotateKeys } from "./rotate.ts";

export { endSessions, listSessions, type SignedIn } from "./sessions.ts";
