/** A path of one's own site, whatever was asked for: what a redirect may lead to. */

const longest = 2048;

/** `/` for whatever a browser could take for another site. */
export function sitePath(to: string | undefined): string {
  if (!to || to.length > longest || !/^\/(?![/\\])[^\\\u0000-\u0020\u007f]*$/.test(to)) return "/";
  const url = new URL(to, "http://here.invalid");
  // `/.//elsewhere` comes out of the parser as `//elsewhere`, which a browser takes for a host.
  if (url.host !== "here.invalid" || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search + url.hash;
}
