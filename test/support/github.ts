/**
 * A GitHub on loopback for tests: its API at `127.0.0.1`, its archives at `localhost` (two hosts of one port), serving
 * repositories made of what a test says, with git's real ids, and every accident that can happen to one.
 *
 *   const hub = await startGitHub();                      // hub.env is for the command: { GITHUB_API_URL }
 *   const repo = hub.repository("ann/apps", { "notes/blueprint.yaml": "…", "catalog.json": "…" });
 *   repo.tag("v1");  repo.commit({ … });                  // the whole tree anew; answers the commit's id
 *   repo.rename("bea/apps");  repo.remove();  repo.private = true;  hub.token("t0ken", ["ann/apps"]);
 *   hub.limit({ remaining: 0, resetInSeconds: 900 });     // of those who are not signed in
 *   hub.accident(/tarball/, { kind: "status", status: 503 }, 2);
 *   hub.requests                                          // all it was asked, with the Authorization that came with it
 *   await hub.close();
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { commitId, type GitFile, type GitTree, itemsBelow, treeOf } from "./git-objects.ts";
import { answerApi } from "./github-api.ts";
import { listen } from "./listen.ts";
import { gitTar, type TarEntry } from "./tar.ts";

export interface HubRequest {
  host: "api" | "archives";
  /** Path and query. */
  path: string;
  authorization?: string;
  userAgent?: string;
  ifNoneMatch?: string;
  /** What it was answered with; 0: the connection was cut or never answered. */
  status: number;
}

export type Accident =
  | { kind: "status"; status: number; headers?: Record<string, string>; body?: string }
  | { kind: "redirect"; to: string; status?: number }
  /** The right answer with this body, its type kept. */
  | { kind: "body"; bytes: Buffer; headers?: Record<string, string> }
  /** The right answer, cut in the middle; `length` says the whole length all the same. */
  | { kind: "truncate" }
  /** A body without an end. */
  | { kind: "endless" }
  | { kind: "hang" }
  | { kind: "late"; ms: number };

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export class HubRepository {
  private = false;
  removed = false;
  /** Beyond so many items a recursive tree is cut, and says so. */
  treeLimit = 100_000;
  branch = "main";
  readonly refs = new Map<string, string>();
  readonly commits = new Map<string, GitTree>();
  readonly parents = new Map<string, string | undefined>();
  /** GitHub shows the commits of these under this name, too. */
  readonly forks: HubRepository[] = [];
  /** Names it had before: they lead to it until somebody else takes them. */
  readonly formerly: string[] = [];
  /** What `git archive` makes of an entry, where attributes say something: another one, or none. */
  exporting: (entry: TarEntry) => TarEntry | undefined = (entry) => entry;

  name: string;
  readonly id: number;

  constructor(name: string, id: number) {
    this.name = name;
    this.id = id;
  }

  /** The whole tree, on the default branch. Answers the commit's id. */
  commit(files: Record<string, GitFile>, options: { force?: boolean; message?: string } = {}): string {
    const tree = treeOf(files);
    const parent = options.force ? undefined : this.refs.get(`heads/${this.branch}`);
    const sha = commitId(tree.sha, parent, options.message ?? `Change ${this.commits.size}`);
    // A force-push leaves the old commits to nobody: they are no longer to be had.
    if (options.force) this.commits.clear();
    this.commits.set(sha, tree);
    this.parents.set(sha, parent);
    this.refs.set(`heads/${this.branch}`, sha);
    return sha;
  }

  get head(): string {
    return this.refs.get(`heads/${this.branch}`)!;
  }

  tag(name: string, commit = this.head): void {
    this.refs.set(`tags/${name}`, commit);
  }

  rename(name: string): void {
    this.formerly.push(this.name);
    this.name = name;
  }

  remove(): void {
    this.removed = true;
  }

  treeAt(commit: string): GitTree | undefined {
    return this.commits.get(commit) ?? this.forks.flatMap((fork) => fork.commits.get(commit) ?? [])[0];
  }

  /** Whether a commit is on the way to what a branch or tag means. */
  reaches(commit: string, from = this.head): boolean {
    for (let at: string | undefined = from; at !== undefined; at = this.parents.get(at)) if (at === commit) return true;
    return false;
  }

  /** By id, `HEAD`, branch or tag. */
  find(ref: string): string | undefined {
    if (this.treeAt(ref)) return ref;
    if (ref === "HEAD") return this.refs.get(`heads/${this.branch}`);
    return this.refs.get(ref) ?? this.refs.get(`heads/${ref}`) ?? this.refs.get(`tags/${ref}`);
  }

  archive(commit: string): Buffer {
    const entries = itemsBelow(this.treeAt(commit)!).flatMap(({ path, mode, bytes }): TarEntry[] => {
      const folder = mode === "040000" || mode === "160000";
      const entry: TarEntry =
        mode === "120000"
          ? { name: path, type: "2", link: String(bytes), mode: 0o777 }
          : folder
            ? { name: `${path}/`, type: "5", mode: 0o775 }
            : { name: path, content: bytes!, mode: mode === "100755" ? 0o775 : 0o664 };
      const exported = this.exporting(entry);
      return exported ? [exported] : [];
    });
    return gzipSync(gitTar(commit, `${this.name.replace("/", "-")}-${commit.slice(0, 7)}`, entries));
  }
}

export class Hub {
  readonly repositories: HubRepository[] = [];
  readonly requests: HubRequest[] = [];
  /** Tokens and the repositories each may see beside public ones. */
  readonly tokens = new Map<string, string[]>();
  /** Signed addresses of archives, good for one download each. */
  readonly signed = new Set<string>();
  anonymous = { remaining: 60, resetAt: Math.floor(Date.now() / 1000) + 3600 };
  api = "";
  archives = "";
  private readonly accidents: { on: RegExp; accident: Accident; left: number }[] = [];
  private lastId = 1000;
  readonly server = createServer((request, response) => void this.serve(request, response));

  get env(): Record<string, string> {
    return { GITHUB_API_URL: this.api };
  }

  /** `owner/name`; with files it has a first commit. */
  repository(name: string, files?: Record<string, GitFile>): HubRepository {
    const repository = new HubRepository(name, ++this.lastId);
    if (files) repository.commit(files);
    this.repositories.unshift(repository);
    return repository;
  }

  token(token: string, sees: string[] = []): string {
    this.tokens.set(token, sees);
    return token;
  }

  limit({ remaining, resetInSeconds }: { remaining: number; resetInSeconds: number }): void {
    this.anonymous = { remaining, resetAt: Math.ceil(Date.now() / 1000 + resetInSeconds) };
  }

  /** For the next `times` requests whose path the pattern fits. */
  accident(on: RegExp, accident: Accident, times = 1): void {
    this.accidents.push({ on, accident, left: times });
  }

  /** None happens any more. */
  clearAccidents(): void {
    this.accidents.length = 0;
  }

  /** Answers an address that gives the archive once, to whoever has it. */
  sign(path: string): string {
    const token = randomBytes(8).toString("hex");
    this.signed.add(token);
    return `${this.archives}${path}?token=${token}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization, "user-agent": userAgent, "if-none-match": ifNoneMatch, host = "" } = request.headers;
    const path = request.url ?? "/";
    const at = host.startsWith("127.0.0.1") ? "api" : "archives";
    const seen: HubRequest = {
      host: at,
      path,
      status: 0,
      ...(authorization && { authorization }),
      ...(userAgent && { userAgent }),
      ...(ifNoneMatch && { ifNoneMatch }),
    };
    this.requests.push(seen);
    const due = this.accidents.find(({ on, left }) => left > 0 && on.test(path));
    if (due) due.left--;
    const right = (): Answer => (at === "api" ? answerApi(this, request, path) : this.answerArchive(path));
    await send(response, seen, due?.accident, right);
  }

  private answerArchive(path: string): Answer {
    const url = new URL(path, this.archives);
    const [, owner, name, , commit = ""] = url.pathname.split("/");
    const repository = this.repositories.find((one) => one.name === `${owner}/${name}` && !one.removed);
    const token = url.searchParams.get("token") ?? "";
    if (!repository || (repository.private && !this.signed.delete(token)))
      return { status: 404, body: "404: Not Found" };
    return { status: 200, headers: { "content-type": "application/x-gzip" }, body: repository.archive(commit) };
  }
}

async function send(response: ServerResponse, seen: HubRequest, accident: Accident | undefined, right: () => Answer) {
  if (accident?.kind === "hang") return;
  if (accident?.kind === "late") await new Promise((resolve) => setTimeout(resolve, accident.ms));
  const answer = accident ? wrong(accident, right) : right();
  const body = Buffer.from(answer.body ?? "");
  seen.status = answer.status;
  if (accident?.kind === "endless") return flood(response, answer);
  const length = answer.status === 304 ? {} : { "content-length": String(body.length) };
  response.writeHead(answer.status, { ...length, ...answer.headers });
  if (accident?.kind === "truncate")
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
  else response.end(answer.status === 304 ? undefined : body);
}

function wrong(accident: Accident, right: () => Answer): Answer {
  if (accident.kind === "status") {
    const { status, headers, body = JSON.stringify({ message: "An accident" }) } = accident;
    return { status, headers: { "content-type": "application/json", ...headers }, body };
  }
  if (accident.kind === "redirect") return { status: accident.status ?? 302, headers: { location: accident.to } };
  const answer = right();
  if (accident.kind !== "body") return answer;
  return { ...answer, headers: { ...answer.headers, ...accident.headers }, body: accident.bytes };
}

/** As fast as it is read, until nobody does. */
function flood(response: ServerResponse, { status, headers }: Answer): void {
  response.writeHead(status, headers);
  const block = randomBytes(65_536);
  const more = (): void => {
    while (!response.destroyed && response.write(block));
  };
  response.on("drain", more);
  more();
}

export async function startGitHub(): Promise<Hub> {
  const hub = new Hub();
  hub.api = await listen(hub.server);
  hub.archives = hub.api.replace("127.0.0.1", "localhost");
  return hub;
}
