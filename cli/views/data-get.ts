/** `data get` of a file, in plain text: a preview, where it was written, or the address alone. */
import type { FileDocument } from "../commands/data-get.ts";
import { imageSequence } from "../ui/inline-image.ts";
import type { Paint } from "../ui/paint.ts";
import { shellWord } from "../ui/shell-word.ts";
import { sizeWords } from "../ui/size.ts";
import { moment } from "../ui/time.ts";

export function plain(
  { store, key, size, type, file, url, preview, image, picture }: FileDocument,
  paint: Paint,
): string {
  if (url !== undefined) return url;
  if (file !== undefined) return `${file}  ${sizeWords(size)}`;
  const get = paint.command(`freehold data get ${store} ${shellWord(key, "KEY")} -o FILE`);
  if (image) return imageSequence(image);
  if (picture) return `${key} is ${sizeWords(size)} of a picture, and this terminal shows none.\n  ${get}`;
  if (!preview) return `${key} is ${sizeWords(size)} of ${type ?? "bytes"}, and no text.\n  ${get}`;
  return preview.whole ? preview.contents : `${preview.contents}\n${paint.dim(`${sizeWords(size)} in all:`)} ${get}`;
}

export function aside({ key, expires, sooner }: FileDocument): string {
  if (expires === undefined) return `${key}`;
  return `Whoever has this address reads ${key} until ${moment(expires)}.${sooner ? " The credentials that signed it end then." : ""}`;
}
