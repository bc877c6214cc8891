/** What a page must not have, as scripts for `page.evaluate`: what cannot be read, and what has no name. */

/** Everything that can be used and whose name nobody would hear. */
export const nameless = `[...document.querySelectorAll("button, a[href], input, select, textarea, [role=img]")]
  .filter((one) => (one.offsetParent || one.role === "img") && !(one.labels?.length || one.ariaLabel || one.textContent.trim()))
  .map((one) => one.outerHTML)`;

/** Texts of less contrast with what is behind them than 4.5 to 1. */
export const faint = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const bright = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.offsetParent && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((one) => !one.closest(":disabled"))
    .map((one) => {
      const [a, b] = [bright(parse(getComputedStyle(one).color)), bright(behind(one))].sort((x, y) => y - x);
      return { text: one.textContent.trim().slice(0, 40), ratio: (a + 0.05) / (b + 0.05) };
    })
    .filter(({ ratio }) => ratio < 4.5);
})()`;
