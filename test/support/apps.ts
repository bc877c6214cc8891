/**
 * The bundled apps for tests, asked in two ways by the same words: through the gate of an app that is up, and in this
 * process, with its tables and buckets on a cloud of the test's own and the manifest's routes deciding who gets in.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { settingVariable } from "../../blueprints/check.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import { type Manifest, routesOf, type TableDefinition, variableName } from "../../blueprints/manifest.ts";
import { routeOf } from "../../stacks/functions/gate/routes.ts";
import { type ClientConfig, clientConfig, inventory } from "./aws.ts";
import { ask, type Home, root, signIn } from "./home.ts";
import { startTestCloud } from "./local-cloud.ts";

export interface Asked {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** Of a JSON body. */
  json: any;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  /** An object goes as JSON, a text as it is. */
  body?: unknown;
  /** In this process: of somebody who is signed in and no owner. */
  role?: string;
}

/** One app: its owner asks, and somebody who is not signed in. */
export interface App {
  owner(path: string, asking?: Asking): Promise<Asked>;
  anybody(path: string, asking?: Asking): Promise<Asked>;
  /** For SDK clients that look at its data from outside; and the table's or bucket's name there. */
  config: ClientConfig;
  nameOf(noun: string): Promise<string>;
}

const bodyOf = ({ body }: Asking): string | undefined =>
  body === undefined || typeof body === "string" ? body : JSON.stringify(body);

const headersOf = ({ body, headers }: Asking): Record<string, string> => ({
  ...(body !== undefined && typeof body !== "string" && { "content-type": "application/json" }),
  ...headers,
});

function asked(status: number, headers: Asked["headers"], text: string): Asked {
  const json = /json/.test(String(headers["content-type"])) && text !== "" ? JSON.parse(text) : undefined;
  return { status, headers, text, json };
}

/** Puts the app up in the home; answers it, its address and a link to sign in with. */
export async function appUp(home: Home, name: string): Promise<App & { url: string; link: string }> {
  const { url, link } = (await home.events("up", name)).at(-1).apps[0];
  const cookie = await signIn(link);
  const send = async (path: string, asking: Asking, own: Record<string, string>) => {
    const { method, ...rest } = asking;
    const body = bodyOf(rest);
    const { status, headers, text } = await ask(new URL(path, url).href, {
      ...(method && { method }),
      headers: { ...own, ...headersOf(rest) },
      ...(body !== undefined && { body }),
    });
    return asked(status, headers, text);
  };
  const env = await home.json("cloud", "env");
  return {
    url,
    link: (await home.json("open", name)).link,
    owner: (path, asking = {}) => send(path, asking, { cookie }),
    anybody: (path, asking = {}) => send(path, asking, {}),
    config: clientConfig(env),
    async nameOf(noun) {
      const own = new RegExp(`^(?:table|bucket) (home--${name}--${noun}(?:-[0-9a-f]{10})?)$`);
      return (await inventory(clientConfig(env))).flatMap((one) => own.exec(one)?.[1] ?? [])[0]!;
    },
  };
}

export interface AppHere extends App {
  /** One of its functions, asked without a request: nothing here carries out a call from function to function. */
  call(noun: string, payload: unknown): Promise<any>;
  close(): Promise<void>;
}

/** The app's handlers in this process. */
export async function appHere(name: string): Promise<AppHere> {
  const { manifest, dir } = await loadBlueprint(join(root, "blueprints", name));
  const cloud = await startTestCloud();
  await makeData(manifest, cloud.config);
  Object.assign(process.env, cloud.env, environmentOf(manifest));
  const handlers = new Map<string, (event: unknown) => Promise<any>>();
  for (const [noun, { code, handler, environment }] of Object.entries(manifest.functions)) {
    for (const [variable, value] of Object.entries(environment)) process.env[variable] = filled(value, manifest);
    const [file, exported = ""] = handler.split(".");
    handlers.set(noun, (await import(pathToFileURL(join(dir, code, `${file}.mjs`)).href))[exported]);
  }
  const send = async (path: string, asking: Asking, signedIn: boolean): Promise<Asked> => {
    const url = new URL(path, "http://app.invalid");
    const route = routeOf(routesOf(manifest), url.pathname);
    if (!route || (!route.public && !signedIn)) return asked(401, {}, "");
    // As the gate says it, whatever a request said itself.
    const role = signedIn ? (asking.role ?? "owner") : "public";
    const said = { "x-freehold-role": role };
    const answer = await handlers.get(route.to)!(eventOf(url, { ...asking, headers: { ...asking.headers, ...said } }));
    return asked(answer.statusCode, answer.headers ?? {}, answer.body ?? "");
  };
  return {
    owner: (path, asking = {}) => send(path, asking, true),
    anybody: (path, asking = {}) => send(path, asking, false),
    config: cloud.config,
    nameOf: async (noun) => noun,
    call: (noun, payload) => handlers.get(noun)!(payload),
    close: () => cloud.close(),
  };
}

function eventOf(url: URL, asking: Asking): unknown {
  const method = asking.method ?? "GET";
  return {
    version: "2.0",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: headersOf(asking),
    ...(url.search && { queryStringParameters: Object.fromEntries(url.searchParams) }),
    requestContext: { http: { method, path: url.pathname, sourceIp: "127.0.0.1" } },
    ...(asking.body !== undefined && { body: bodyOf(asking), isBase64Encoded: false }),
  };
}

function environmentOf(manifest: Manifest): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const noun of Object.keys(manifest.tables)) environment[`TABLE_${variableName(noun)}`] = noun;
  for (const noun of Object.keys(manifest.buckets)) environment[`BUCKET_${variableName(noun)}`] = noun;
  for (const noun of Object.keys(manifest.functions)) environment[`FUNCTION_${variableName(noun)}`] = noun;
  for (const [noun, { type, default: value }] of Object.entries(manifest.settings))
    if (value !== undefined) environment[settingVariable(noun, type)] = String(value);
  return environment;
}

const filled = (value: string | number | boolean, { settings }: Manifest): string =>
  String(value).replace(/\$\{settings\.([^}]+)\}/g, (_, noun) => String(settings[noun]?.default ?? ""));

async function makeData(manifest: Manifest, config: App["config"]): Promise<void> {
  const tables = new DynamoDBClient(config);
  for (const [noun, definition] of Object.entries(manifest.tables)) {
    await tables.send(new CreateTableCommand(tableInput(noun, definition)));
    if (definition.expires)
      await tables.send(
        new UpdateTimeToLiveCommand({
          TableName: noun,
          TimeToLiveSpecification: { AttributeName: definition.expires, Enabled: true },
        }),
      );
  }
  const buckets = new S3Client({ ...config, forcePathStyle: true });
  for (const noun of Object.keys(manifest.buckets))
    await buckets.send(
      new CreateBucketCommand({ Bucket: noun, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }),
    );
}

const letter = { string: "S", number: "N", binary: "B" } as const;

function tableInput(noun: string, { key, sort, indexes }: TableDefinition) {
  const types = new Map<string, "S" | "N" | "B">();
  const schema = (hash: Record<string, keyof typeof letter>, range?: Record<string, keyof typeof letter>) =>
    [hash, range].flatMap((attributes, at) =>
      Object.entries(attributes ?? {}).map(([AttributeName, type]) => {
        types.set(AttributeName, letter[type]);
        return { AttributeName, KeyType: at === 0 ? ("HASH" as const) : ("RANGE" as const) };
      }),
    );
  const KeySchema = schema(key, sort);
  const GlobalSecondaryIndexes = Object.entries(indexes).map(([IndexName, index]) => ({
    IndexName,
    KeySchema: schema(index.key, index.sort),
    Projection: { ProjectionType: "ALL" as const },
  }));
  return {
    TableName: noun,
    BillingMode: "PAY_PER_REQUEST" as const,
    KeySchema,
    ...(GlobalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes }),
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
  };
}
