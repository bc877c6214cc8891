// The one script of the sign-in site: hands the browser's passkeys what the site asks for, and the site what they answer.
// It knows nobody, keeps nothing, and goes nowhere but where the site says.

const button = document.querySelector("button[data-do]");
const status = document.querySelector("#status");

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const later = "This cloud does not answer. Try again in a moment.";

async function ask(path, body) {
  const request = {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, request).catch(() => {
    throw new Error(later);
  });
  // What the platform itself answers, when too much is asked at once, is no document of ours.
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ? answer.message : later);
  return answer;
}

const listed = (credentials) => (credentials ?? []).map((one) => ({ ...one, id: bytesOf(one.id) }));

async function made(options) {
  const { challenge, user, excludeCredentials } = options;
  const publicKey = {
    ...options,
    challenge: bytesOf(challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: listed(excludeCredentials),
  };
  const { id, rawId, type, response, authenticatorAttachment } = await navigator.credentials.create({ publicKey });
  return {
    id,
    rawId: textOf(rawId),
    type,
    authenticatorAttachment,
    clientExtensionResults: {},
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      attestationObject: textOf(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

async function shown(options) {
  const { challenge, allowCredentials } = options;
  const publicKey = { ...options, challenge: bytesOf(challenge), allowCredentials: listed(allowCredentials) };
  const { id, rawId, type, response, authenticatorAttachment } = await navigator.credentials.get({ publicKey });
  return {
    id,
    rawId: textOf(rawId),
    type,
    authenticatorAttachment,
    clientExtensionResults: {},
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      authenticatorData: textOf(response.authenticatorData),
      signature: textOf(response.signature),
      ...(response.userHandle ? { userHandle: textOf(response.userHandle) } : {}),
    },
  };
}

const nameOf = () => document.querySelector("#name").value;

const does = {
  async signin() {
    await ask("/signin", { response: await shown(await ask("/signin/options", {})) });
    // Where it was going, now with a session.
    location.reload();
  },
  async add() {
    const response = await made(await ask("/passkeys/options", {}));
    await ask("/passkeys", { name: nameOf(), response });
    location.assign(button.dataset.next);
  },
  async accept() {
    const { invite } = button.dataset;
    const response = await made(await ask("/invite/options", { invite }));
    const { next } = await ask("/invite", { invite, name: nameOf(), response });
    location.replace(next);
  },
};

const says = {
  NotAllowedError: "That was cancelled, or took too long. Try again.",
  InvalidStateError: "This device has a passkey for this cloud already.",
  SecurityError: "This browser refuses passkeys at this address.",
  NotSupportedError: "This device cannot keep such a passkey.",
};

async function run() {
  button.disabled = true;
  status.textContent = "";
  try {
    if (!window.PublicKeyCredential) throw new Error("This browser has no passkeys.");
    await does[button.dataset.do]();
  } catch (error) {
    status.textContent = says[error.name] ?? error.message;
    button.disabled = false;
  }
}

button?.addEventListener("click", run);
