/** A file's media type by its ending, for what sites are made of. Text is UTF-8; what is not known is plain bytes. */
const text = {
  html: "text/html",
  htm: "text/html",
  css: "text/css",
  js: "text/javascript",
  mjs: "text/javascript",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  xml: "application/xml",
  svg: "image/svg+xml",
  json: "application/json",
  map: "application/json",
  webmanifest: "application/manifest+json",
  ics: "text/calendar",
} as const;

const bytes = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  ico: "image/x-icon",
  woff: "font/woff",
  woff2: "font/woff2",
  ttf: "font/ttf",
  otf: "font/otf",
  pdf: "application/pdf",
  wasm: "application/wasm",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  ogg: "audio/ogg",
  wav: "audio/wav",
  mp4: "video/mp4",
  webm: "video/webm",
  zip: "application/zip",
  gz: "application/gzip",
} as const;

export function contentType(path: string): string {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  if (Object.hasOwn(text, ending)) return `${text[ending as keyof typeof text]}; charset=utf-8`;
  if (Object.hasOwn(bytes, ending)) return bytes[ending as keyof typeof bytes];
  return "application/octet-stream";
}
