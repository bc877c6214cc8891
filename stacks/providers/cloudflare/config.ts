/**
 * The provider's own inputs (`pulumi:providers:cloudflare`), and what they and the environment come to together. Opens no
 * connection, and repeats no secret in what it says.
 */
import type { PropertyMap } from "../../engine/value.ts";
import { configured } from "../kit/config.ts";
import { type Properties, refused, text } from "../kit/schema.ts";
import { problems } from "./errors.ts";

/** Of Pulumi's own cloudflare plugin, and of the @pulumi/cloudflare that programs here are written with. */
export const pluginVersion = "6.22.1";

export const configProperties: Properties = {
  apiToken: text({ secret: true }),
  apiKey: text({ secret: true }),
  email: text(),
  apiUserServiceKey: text({ secret: true }),
  baseUrl: text(),
  userAgentOperatorSuffix: refused("Leave it out: it changes nothing that is made."),
  version: text(),
  pluginDownloadURL: text(),
};

export interface Settings {
  /** Exactly one of the three is there. */
  apiToken?: string;
  account?: { apiKey: string; email: string };
  userServiceKey?: string;
  /** Of the v4 API, without a slash at its end. */
  baseUrl: string;
}

const official = "https://api.cloudflare.com/client/v4";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the program says of credentials counts as a whole: none of the environment's are mixed in. */
export function settingsOf(raw: PropertyMap, environment: Environment): Settings {
  const inputs = configured(configProperties, raw);
  const said = (name: string): string | undefined => (inputs[name] as string | undefined) || undefined;
  const baseUrl = checkedUrl(said("baseUrl") ?? (environment["CLOUDFLARE_BASE_URL"] || official));
  const ofProgram = {
    apiToken: said("apiToken"),
    apiKey: said("apiKey"),
    userServiceKey: said("apiUserServiceKey"),
  };
  const some = Object.values(ofProgram).some((value) => value !== undefined);
  const { apiToken, apiKey, userServiceKey } = some
    ? ofProgram
    : {
        apiToken: environment["CLOUDFLARE_API_TOKEN"] || undefined,
        apiKey: environment["CLOUDFLARE_API_KEY"] || undefined,
        userServiceKey: environment["CLOUDFLARE_API_USER_SERVICE_KEY"] || undefined,
      };
  if (apiToken !== undefined) return { apiToken: checkedToken(apiToken), baseUrl };
  if (apiKey !== undefined) {
    const email = said("email") ?? environment["CLOUDFLARE_EMAIL"];
    if (!email) throw problems.noEmail();
    return { account: { apiKey: checkedToken(apiKey), email }, baseUrl };
  }
  if (userServiceKey !== undefined) return { userServiceKey: checkedToken(userServiceKey), baseUrl };
  throw problems.noToken();
}

/** What cannot be in a header would be repeated by whoever refuses it there. */
function checkedToken(token: string): string {
  const trimmed = token.trim();
  if (!/^[\x21-\x7e]+$/.test(trimmed)) throw problems.badToken();
  return trimmed;
}

/** The token goes there with every call. */
function checkedUrl(said: string): string {
  const url = URL.canParse(said) ? new URL(said) : undefined;
  const near = url !== undefined && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url?.protocol !== "https:" && !(near && url?.protocol === "http:")) throw problems.badUrl();
  return said.replace(/\/+$/, "");
}
