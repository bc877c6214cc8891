/** What the gate is told by its environment, read once. */
export interface GateRoute {
  path: string;
  to: string;
  public: boolean;
  limit?: { count: number; seconds: number };
}

export interface Config {
  cloud: string;
  app: string;
  routes: GateRoute[];
  /** Names of its owner's that lead here, too; the first is the one that people are sent to. */
  hosts?: string[];
  /** Physical names by noun. */
  functions: Record<string, string>;
  /** Bucket of the site; the file that answers for addresses without one, of apps that route in the browser. */
  site?: string;
  fallback?: string;
  /** What the manifest declares instead of the safe defaults; `false`: not sent. */
  headers?: Record<string, string | false>;
  /** Sign-in function, and the address of its site, with a slash at its end. */
  signin: string;
  signinUrl: string;
  /** Table of sessions, signing keys and the app's own keys. */
  access: string;
  /** Table of counters, the app's own. */
  limits: string;
  /** Requests a day, UTC. */
  budget: number;
  /** Parameter with the key of `x-freehold-identity`. */
  identityKey: string;
}

export const config = JSON.parse(process.env["FREEHOLD_GATE"] ?? "{}") as Config;
export const audience = `${config.cloud}/${config.app}`;
