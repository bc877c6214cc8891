/**
 * The manifest, `blueprint.yaml`, as one zod schema: the JSON schema for editors and docs/authors/manifest.md are
 * generated from it. Says what a manifest may say; what its parts mean to each other is in check.ts, where it stands in
 * the file in load.ts. Descriptions are read by authors.
 */
import * as z from "zod";
import { appNameLength, nameRules, tooLong, tooShort } from "./app-name.ts";

const label = (min: number, max: number, what: string) =>
  nameRules.reduce(
    (text, [rule, why]) => text.regex(rule, `${what} ${why}`),
    z
      .string()
      .min(min, `${what} ${tooShort(min)}`)
      .max(max, `${what} ${tooLong(max)}`),
  );

/** What an app may be called, in a manifest and with `--as`. */
const appName = label(appNameLength.min, appNameLength.max, "a name");
const noun = label(1, 32, "a name");

const scalar = z.enum(["string", "number", "binary"]).describe("DynamoDB's S, N or B");
const key = z
  .record(z.string().min(1).max(255), scalar)
  .refine((value) => Object.keys(value).length === 1, "exactly one attribute, as { id: string }");
const data = z
  .enum(["precious", "rebuildable"])
  .default("precious")
  .describe("`precious` is backed up; `rebuildable` can be made again from other data. `destroy` keeps both");
const relative = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\\0]+$/, "a path inside the blueprint's folder, with `/`");

const verbs = z.enum(["read", "write", "send", "call"]);

const functionSchema = z.strictObject({
  code: relative.describe("Folder; what is in it is what runs"),
  handler: z
    .string()
    .regex(/^[\w./-]+$/, "a file and an export, as `index.handler`")
    .describe("File and export, as `index.handler`"),
  runtime: z.enum(["nodejs22.x", "nodejs24.x", "python3.13", "provided.al2023"]),
  memory: z
    .string()
    .regex(/^\d+ ?(MB|GB)$/, "a size from 128 MB to 10 GB, as `256 MB`")
    .default("256 MB")
    .describe("128 MB to 10 GB; processor time grows with it"),
  timeout: z
    .string()
    .regex(/^\d+ ?(s|min)$/, "a time from 1 s to 15 min, as `10 s`")
    .default("10 s")
    .describe("1 s to 15 min"),
  uses: z
    .record(noun, verbs)
    .default({})
    .describe(
      "Rights and environment follow from this; `write` includes `read`; `cloud: read` is what is installed, its doors and who came, `data: read` what all apps store",
    ),
  environment: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,127}$/, "a variable's name, as `TITLE`"),
      z.union([z.string(), z.number(), z.boolean()]),
    )
    .default({})
    .describe("Plain values; `${settings.NAME}` is that setting. Never a secret one"),
});

const index = z.strictObject({ key, sort: key.optional() });

const tableSchema = z.strictObject({
  key: key.describe("The partition key"),
  sort: key.optional().describe("The sort key"),
  indexes: z
    .record(label(3, 32, "an index's name"), index)
    .default({})
    .describe("Global secondary indexes; all attributes are in them"),
  expires: z.string().min(1).max(255).optional().describe("Attribute with the second at which an item goes (TTL)"),
  stream: z.enum(["keys", "new", "old", "new-and-old"]).optional(),
  data,
});

const routeSchema = z.union([
  noun,
  z.strictObject({
    to: noun,
    public: z.boolean().default(false).describe("Open to anyone who knows the address"),
    limit: z
      .string()
      .regex(/^[1-9]\d{0,5} per (second|minute|hour|day)$/, "a rate, as `60 per minute`")
      .optional()
      .describe("Of a public route; all callers together. `60 per minute` unless said"),
  }),
]);

const settingSchema = z.strictObject({
  type: z.enum(["string", "number", "boolean", "secret"]),
  label: z.string().max(80).optional(),
  help: z.string().max(400).optional().describe("A sentence, or the address where one gets it"),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  required: z.boolean().default(false),
  pattern: z.string().max(400).optional().describe("A regular expression the whole value has to meet"),
});

const host = z
  .string()
  .max(253)
  .regex(/^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "a host's name, as `api.github.com`");

/** Headers that every answer of an app has, and an app may declare another value of. */
export const declarableHeaders = [
  "content-security-policy",
  "cross-origin-embedder-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
  "referrer-policy",
  "x-frame-options",
] as const;

const headersSchema = z
  .partialRecord(
    z.enum(declarableHeaders),
    z.union([
      z
        .string()
        .min(1)
        .max(1000)
        .regex(/^[\x20-\x7e]+$/, "one line of plain characters"),
      z.literal(false).describe("Not sent"),
    ]),
  )
  .default({})
  .describe(
    "Security headers of all answers, instead of the safe ones; the card shows those that are laxer. `false`: not sent",
  );

export const manifestSchema = z.strictObject({
  freehold: z.literal(1).describe("Version of this schema"),
  name: appName,
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/, "a semantic version, as 1.0.0"),
  title: z.string().min(1).max(60),
  tagline: z.string().max(120).optional(),
  license: z.string().max(80).optional().describe("SPDX expression"),
  icon: relative.optional(),
  tags: z.array(z.string().min(1).max(32)).max(12).default([]),
  functions: z.record(noun, functionSchema).default({}),
  tables: z.record(noun, tableSchema).default({}),
  buckets: z.record(noun, z.strictObject({ data })).default({}),
  queues: z
    .record(noun, z.strictObject({ to: noun, retries: z.number().int().min(0).max(1000).optional() }))
    .default({})
    .describe("Not yet"),
  schedules: z
    .record(
      noun,
      z.strictObject({
        every: z.string(),
        at: z.string().optional(),
        to: noun,
        input: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .default({})
    .describe("Not yet"),
  site: z
    .union(
      [
        relative,
        z.strictObject({
          folder: relative,
          fallback: relative
            .optional()
            .describe("File that answers, with 200, for addresses without an ending where no file is"),
        }),
      ],
      "a folder, as `site`, or a mapping of `folder` and `fallback`",
    )
    .optional()
    .describe("Folder of static files"),
  headers: headersSchema,
  routes: z
    .record(z.string(), routeSchema)
    .default({})
    .describe("Exact paths, or `/x/*` for everything below; `/` is everything else; the longest match wins"),
  settings: z.record(noun, settingSchema).default({}),
  reach: z
    .strictObject({ hosts: z.array(host).max(50).default([]), aws: z.array(z.string()).default([]) })
    .default({ hosts: [], aws: [] })
    .describe("What the code says it talks to"),
  roles: z
    .record(noun, z.string())
    .default({})
    .describe("Whom the code tells apart, and what each may do, in words: guests are invited to one of these"),
  events: z
    .strictObject({
      publishes: z.array(z.string()).default([]),
      listens: z.record(z.string(), z.unknown()).default({}),
    })
    .default({ publishes: [], listens: {} })
    .describe("Not yet"),
  needs: z.record(z.string(), z.unknown()).default({}).describe("Not yet"),
  health: z.string().regex(/^\//, "a path, as /api/health").optional().describe("Path that answers when all is well"),
  resources: z
    .record(noun, z.strictObject({ type: z.string(), properties: z.record(z.string(), z.unknown()).default({}) }))
    .default({})
    .describe("Not yet: raw Pulumi resources by type token"),
});

export type Manifest = z.output<typeof manifestSchema>;
export type FunctionDefinition = Manifest["functions"][string];
export type TableDefinition = Manifest["tables"][string];

export interface Route {
  /** `/`, `/about`, `/api/*` */
  path: string;
  to: string;
  public: boolean;
  /** Requests a window, of public routes only. */
  limit?: { count: number; seconds: number };
}

/** The site's folder, and the file for addresses where none is. */
export function siteOf({ site }: Manifest): { folder: string; fallback?: string | undefined } | undefined {
  return typeof site === "string" ? { folder: site } : site;
}

const windows = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;

/** Megabytes of `256 MB` or `2 GB`. */
export function memoryMb(text: string): number {
  const number = Number.parseInt(text, 10);
  return text.endsWith("GB") ? number * 1024 : number;
}

/** Seconds of `10 s` or `2 min`. */
export function timeoutSeconds(text: string): number {
  const number = Number.parseInt(text, 10);
  return text.endsWith("min") ? number * 60 : number;
}

/** `60 per minute` -> { count: 60, seconds: 60 } */
export function rate(text: string): { count: number; seconds: number } {
  const [count, , unit] = text.split(" ");
  return { count: Number(count), seconds: windows[unit as keyof typeof windows] };
}

/** The routes in full, in the manifest's order. */
export function routesOf(manifest: Manifest): Route[] {
  return Object.entries(manifest.routes).map(([path, route]) => {
    if (typeof route === "string") return { path, to: route, public: false };
    if (!route.public) return { path, to: route.to, public: false };
    return { path, to: route.to, public: true, limit: rate(route.limit ?? "60 per minute") };
  });
}

/** `notes-by-day` -> `NOTES_BY_DAY`; names have no underscore, so no two meet. */
export function variableName(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
