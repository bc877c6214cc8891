/**
 * A device with passkeys, in software: answers WebAuthn ceremonies as browsers send them, and wrongly where a test says
 * so. Keys are P-256; nothing attests them.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

type Cbor = number | string | Uint8Array | Map<number | string, Cbor>;

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
}

function cbor(value: Cbor): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)])]);
}

const sha256 = (data: string | Buffer): Buffer => createHash("sha256").update(data).digest();
const b64 = (data: Buffer): string => data.toString("base64url");

export interface Wrong {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  /** Nobody put in a PIN. */
  unverified?: true;
  counter?: number;
}

export interface Passkey {
  id: string;
  /** Signs a challenge. */
  get(challenge: string, wrong?: Wrong): object;
}

/** `counts`: as security keys do; most devices always say 0. */
export function authenticator(origin: string, { counts = false } = {}) {
  const rpId = new URL(origin).hostname;

  function clientData(type: string, challenge: string, wrong: Wrong): Buffer {
    const data = { type: wrong.type ?? type, challenge: wrong.challenge ?? challenge, origin: wrong.origin ?? origin };
    return Buffer.from(JSON.stringify({ ...data, crossOrigin: false }));
  }

  function authData(flags: number, counter: number, wrong: Wrong, rest: Buffer = Buffer.alloc(0)): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(wrong.counter ?? counter);
    const said = wrong.unverified ? flags & ~0x04 : flags;
    return Buffer.concat([sha256(wrong.rpId ?? rpId), Buffer.from([said]), count, rest]);
  }

  return {
    /** A new passkey for what `/passkeys/options` or `/invite/options` answered, and the response to send. */
    create(options: { challenge: string; user: { id: string } }, wrong: Wrong = {}) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const id = randomBytes(32);
      const { x = "", y = "" } = publicKey.export({ format: "jwk" });
      const cose = new Map<number, Cbor>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, "base64url")],
        [-3, Buffer.from(y, "base64url")],
      ]);
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cbor(cose)]);
      const object = new Map<string, Cbor>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", authData(0x45, 0, wrong, attested)],
      ]);
      const response = {
        id: b64(id),
        rawId: b64(id),
        type: "public-key",
        clientExtensionResults: {},
        response: {
          clientDataJSON: b64(clientData("webauthn.create", options.challenge, wrong)),
          attestationObject: b64(cbor(object)),
          transports: ["internal"],
        },
      };
      return { response, passkey: passkey(b64(id), privateKey, options.user.id) };
    },
  };

  function passkey(id: string, key: KeyObject, userHandle: string): Passkey {
    let counter = 0;
    return {
      id,
      get(challenge, wrong = {}) {
        if (counts) counter++;
        const data = authData(0x05, counter, wrong);
        const client = clientData("webauthn.get", challenge, wrong);
        const signature = sign("sha256", Buffer.concat([data, sha256(client)]), key);
        const response = {
          clientDataJSON: b64(client),
          authenticatorData: b64(data),
          signature: b64(signature),
          userHandle,
        };
        return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
      },
    };
  }
}
