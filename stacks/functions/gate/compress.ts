/**
 * Text of a site, made smaller on its way: brotli or gzip, as the browser takes it. Each form of a file has an ETag of its
 * own, so that a browser that has it is told so.
 */

import type { Readable, Transform } from "node:stream";
import { constants, createBrotliCompress, createGzip } from "node:zlib";

export type Coding = "br" | "gzip";

const leastBytes = 1024;
const text = /^(text\/|application\/(json|javascript|xml|wasm|manifest\+json|[\w.-]+\+(json|xml))|image\/svg\+xml)/i;

const isText = (contentType: string | undefined): boolean => text.test(contentType ?? "");

/** What the browser takes, brotli first; `q=0` is a no. */
export function codingFor(acceptEncoding: string | undefined): Coding | null {
  const takes = new Map(
    (acceptEncoding ?? "").split(",").map((one) => {
      const [name = "", ...parameters] = one
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      return [name, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))] as const;
    }),
  );
  const wants = (name: Coding): boolean => takes.get(name) ?? takes.get("*") ?? false;
  if (wants("br")) return "br";
  return wants("gzip") ? "gzip" : null;
}

export const isWorthIt = (contentType: string | undefined, length: number): boolean =>
  isText(contentType) && length >= leastBytes;

/** `"abc"` of a file, `"abc-br"` of its smaller form. */
export const tagOf = (etag: string, coding: Coding): string => etag.replace(/"$/, `-${coding}"`);

/** Of the tags a browser has, as the bucket knows them: those of the form it would get, and of the file as it is. */
export function plainTags(ifNoneMatch: string, coding: Coding | null): string {
  const strong = ifNoneMatch.replaceAll('W/"', '"');
  return coding === null ? strong : strong.replaceAll(`-${coding}"`, '"');
}

export function compressed(body: Readable, coding: Coding, length: number): Transform {
  const into =
    coding === "gzip"
      ? createGzip({ level: 6 })
      : createBrotliCompress({
          params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: length },
        });
  body.once("error", (error) => into.destroy(error));
  into.once("close", () => body.destroy());
  return body.pipe(into);
}
