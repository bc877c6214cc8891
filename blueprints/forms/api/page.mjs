/**
 * Pages that anybody may see: made here, whole, without a script, since the app's own pages and styles are private.
 * What came from somebody is text in them, never markup.
 */
import { createHash } from "node:crypto";

const style = `
:root{color-scheme:light dark;--ground:#f8f8f6;--raised:#fff;--ink:#1c1e21;--soft:#5a5f66;--line:#868b93;--accent:#8a4b00;--on:#fff;--danger:#a4262c;font:1rem/1.55 system-ui,sans-serif}
@media(prefers-color-scheme:dark){:root{--ground:#16181a;--raised:#1f2225;--ink:#eceef0;--soft:#a8adb4;--line:#7a8089;--accent:#efb777;--on:#10151a;--danger:#ff9b9b}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink)}
main{max-width:40rem;margin:0 auto;padding:clamp(1.25rem,8vh,5rem) 1rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem;overflow-wrap:anywhere}
p{margin:.5rem 0;overflow-wrap:anywhere}
small,.quiet{color:var(--soft);font-size:.9rem}
a{color:var(--accent)}
button,.button{font:inherit;display:inline-block;border:1px solid var(--accent);border-radius:.5rem;background:var(--accent);color:var(--on);padding:.6rem 1.1rem;min-height:2.75rem;cursor:pointer;text-decoration:none}
label{display:block;margin-bottom:.25rem}
input:not([type=checkbox]),select,textarea{font:inherit;color:inherit;width:100%;background:var(--raised);border:1px solid var(--line);border-radius:.5rem;padding:.55rem .7rem;min-height:2.75rem}
input[type=checkbox]{width:1.4rem;height:1.4rem;accent-color:var(--accent);margin:0;flex:none}
.tick{display:flex;gap:.6rem;align-items:center}
.tick label{margin:0}
.danger{color:var(--danger);margin-top:0}
.wrong{border:2px solid var(--danger);border-radius:.5rem;padding:.75rem 1rem;margin-bottom:1rem}
.wrong h2{font-size:1.05rem;margin:0}
.wrong ul{margin:.5rem 0 0;padding-left:1.2rem}
.trap{position:absolute;left:-9999px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
`;

// base: the same in drop, forms, links and paste
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `body` is markup; what of it came from somebody has gone through `escapeHtml`. `forms`: where its forms may lead. */
export function page(statusCode, title, body, { forms = "'self'", headers = {} } = {}) {
  return {
    statusCode,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": `${policy}; form-action ${forms}`,
      "referrer-policy": "same-origin",
      "x-robots-tag": "noindex",
      ...headers,
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body><main>
<h1>${escapeHtml(title)}</h1>
${body}
</main></body>
</html>
`,
  };
}

export const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
