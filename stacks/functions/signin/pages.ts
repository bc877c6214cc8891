/**
 * The pages of this site: plain HTML, one small script, one stylesheet. Whatever is put into one is escaped by `html`
 * itself; texts that came with a request are on none.
 */
import { type Answer, html as page, type Told, toldPlainly } from "./answer.ts";
import { assetPath } from "./assets.ts";
import { config } from "./config.ts";
import type { Request } from "./request.ts";

/** Markup that is ours; anything else that goes into a page is text. */
class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[] | undefined;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

function partOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return part.map(partOf).join("");
}

function markup(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(texts.map((text, at) => text + partOf(parts[at])).join(""));
}

function whole(title: string, main: Markup): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${config.cloud}</title>
<link rel="stylesheet" href="${assetPath("page.css")}">
<script type="module" src="${assetPath("page.js")}"></script>
</head>
<body>
<main>
<p class="cloud">${config.cloud}</p>
<h1>${title}</h1>
${main}
</main>
</body>
</html>
`.text;
}

/** What went wrong with a passkey is said there, by the script. */
const status = markup`<p id="status" role="status"></p>
<noscript><p>Passkeys need JavaScript, which this browser has off.</p></noscript>`;

/** Short of a page for programs, and for what has no page of its own. */
export function toldTo(request: Request, told: Told): Answer {
  if (!request.shown) return toldPlainly({ accept: request.headers["accept"] }, told);
  return page(told.status, whole(told.title, markup`<p>${told.text}</p>`), told.headers);
}

const command = (text: string): Markup => markup`<code>${text}</code>`;

/** A host of this site for which there are passkeys, and where it leads back from. */
export interface OtherHost {
  host: string;
  address: string;
}

/** `app` is a known one's name. */
export function signInPage(app?: string, others: readonly OtherHost[] = []): Answer {
  const open = app ? `freehold open ${app}` : "freehold passkey add";
  return page(
    200,
    whole(
      "Sign in",
      markup`<p>${app ? `${app} is private. ` : ""}Use a passkey of this cloud.</p>
<button type="button" data-do="signin">Sign in with a passkey</button>
${status}
${others.map(({ host, address }) => markup`<p class="hint">Is yours for ${host}? Passkeys belong to one address. <a href="${address}">Sign in there</a>, and add one for here.</p>`)}
<p class="hint">No passkey on this device? Where you run your cloud, type ${command(open)}: it gives a link that signs you in
once.</p>`,
    ),
  );
}

export interface AddPage {
  /** What to call it. */
  name: string;
  /** Where "Not now", and the way afterwards, lead. */
  next: string;
  /** There is one already. */
  more: boolean;
  /** Who signed in at another address of this site, which has a passkey of theirs. */
  moved: boolean;
}

export function addPage({ name, next, more, moved }: AddPage): Answer {
  if (moved && !more)
    return addPageOf(
      name,
      next,
      "One for this address, too: passkeys belong to one. The other stays good where it is.",
    );
  const why = more
    ? "One more, for another device or in case you lose one."
    : "With a passkey you sign in here with your fingerprint, face, PIN or security key, and need no link.";
  return addPageOf(name, next, why);
}

function addPageOf(name: string, next: string, why: string): Answer {
  return page(
    200,
    whole(
      "Add a passkey",
      markup`<p>${why}</p>
<label for="name">What to call it</label>
<input id="name" maxlength="60" autocomplete="off" value="${name}">
<button type="button" data-do="add" data-next="${next}">Add a passkey</button>
${status}
<p><a href="${next}">Not now</a></p>`,
    ),
  );
}

export interface HomePage {
  /** Who it is, in words: `the owner of home`. */
  who: string;
  passkeys: readonly string[];
}

export function homePage({ who, passkeys }: HomePage): Answer {
  const list = passkeys.map((name) => markup`<li>${name}</li>`);
  return page(
    200,
    whole(
      "You are signed in",
      markup`<p>You are ${who}.</p>
${list.length > 0 ? markup`<h2>Passkeys for this address</h2><ul>${list}</ul>` : undefined}
<p><a href="/passkeys/new">Add a passkey</a></p>
<form method="post" action="/signout"><button>Sign out</button></form>
<form method="post" action="/signout/everywhere"><button class="quiet">Sign out everywhere</button></form>
<p class="hint">Signing out ends this browser's session at every app within a minute; everywhere means all your browsers.</p>`,
    ),
  );
}

export interface InvitePage {
  app: string;
  role: string;
  /** Seconds since 1970. */
  until: number;
  name: string;
  invite: string;
  /** This browser is signed in as the owner. */
  isOwner: boolean;
}

export function invitePage({ app, role, until, name, invite, isOwner }: InvitePage): Answer {
  const day = `${new Date(until * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return page(
    200,
    whole(
      "You are invited",
      markup`<p>To <strong>${app}</strong> as <strong>${role}</strong>, until <time datetime="${new Date(until * 1000).toISOString()}">${day}</time>. To
nothing else of this cloud.</p>
${isOwner ? markup`<p>This browser is signed in as the owner. Accepting signs it in as the guest instead.</p>` : undefined}
<p>You sign in with a passkey of your own: your fingerprint, face, PIN or security key. No account, no password.</p>
<label for="name">What to call this device</label>
<input id="name" maxlength="60" autocomplete="off" value="${name}">
<button type="button" data-do="accept" data-invite="${invite}">Accept with a passkey</button>
${status}`,
    ),
  );
}
