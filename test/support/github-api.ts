/** What the emulated GitHub's API answers (github.ts): the few paths a catalog needs, as api.github.com answers them. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { folderAt, itemsBelow } from "./git-objects.ts";
import type { Answer, Hub, HubRepository } from "./github.ts";

interface Call {
  hub: Hub;
  repository: HubRepository;
  accept: string;
  query: URLSearchParams;
}

const notFound: Answer = error(404, "Not Found");

function error(status: number, message: string, headers: Record<string, string> = {}): Answer {
  const body = JSON.stringify({ message, documentation_url: "https://docs.github.com/rest", status: String(status) });
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body };
}

const json = (value: unknown): Answer => ({
  status: 200,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: JSON.stringify(value),
});

export function answerApi(hub: Hub, request: IncomingMessage, path: string): Answer {
  const { authorization, accept = "", "if-none-match": known } = request.headers;
  const token = authorization?.replace(/^(token|bearer) /i, "");
  if (token !== undefined && !hub.tokens.has(token)) return error(401, "Bad credentials");
  const spent = token === undefined && --hub.anonymous.remaining < 0;
  const limits = {
    "x-ratelimit-limit": token === undefined ? "60" : "5000",
    "x-ratelimit-remaining": String(token === undefined ? Math.max(hub.anonymous.remaining, 0) : 4999),
    "x-ratelimit-reset": String(hub.anonymous.resetAt),
  };
  if (spent) return error(403, "API rate limit exceeded for 203.0.113.7.", limits);
  const url = new URL(path, hub.api);
  const answer = route(hub, url, token, accept);
  const etag = answer.headers?.["etag"] ?? (answer.status === 200 ? etagOf(answer.body ?? "") : undefined);
  const headers = { ...answer.headers, ...limits, ...(etag && { etag }) };
  if (answer.status === 200 && known !== undefined && known === etag) return { status: 304, headers };
  return { ...answer, headers };
}

function route(hub: Hub, url: URL, token: string | undefined, accept: string): Answer {
  const [kind, ...parts] = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const byId = kind === "repositories";
  if (!byId && kind !== "repos") return notFound;
  const name = byId ? "" : parts.slice(0, 2).join("/");
  const rest = parts.slice(byId ? 1 : 2);
  const named = (one: HubRepository): boolean => one.name.toLowerCase() === name.toLowerCase();
  const repository = hub.repositories.find((one) => (byId ? String(one.id) === parts[0] : named(one)) && !one.removed);
  const moved = hub.repositories.find((one) => !one.removed && one.formerly.includes(name));
  const visible = (one: HubRepository): boolean =>
    !one.private || (token !== undefined && hub.tokens.get(token)!.includes(one.name));
  if (!repository && moved && visible(moved)) {
    const tail = url.pathname.split("/").slice(4).join("/");
    const to = `${hub.api}/repositories/${moved.id}${tail ? `/${tail}` : ""}${url.search}`;
    return {
      status: 301,
      headers: { location: to, "content-type": "application/json" },
      body: '{"message":"Moved Permanently"}',
    };
  }
  if (!repository || !visible(repository)) return notFound;
  const [what = "", ...at] = rest;
  const handler = handlers[what];
  return handler ? handler({ hub, repository, accept, query: url.searchParams }, at) : notFound;
}

const handlers: Record<string, (call: Call, at: string[]) => Answer> = {
  "": ({ repository }) => {
    const { id, name, branch } = repository;
    const [login, short] = name.split("/");
    const owner = { login, id: id * 7 };
    return json({ id, name: short, full_name: name, private: repository.private, owner, default_branch: branch });
  },
  commits: ({ repository, accept }, at) => {
    if (at[1] === "branches-where-head")
      return json(repository.head === at[0] ? [{ name: repository.branch, commit: { sha: at[0] } }] : []);
    const sha = repository.find(at.join("/"));
    if (!sha) return error(422, `No commit found for SHA: ${at.join("/")}`);
    if (!accept.includes(".sha")) return json({ sha, commit: { tree: { sha: repository.treeAt(sha)!.sha } } });
    return {
      status: 200,
      headers: { "content-type": "application/vnd.github.sha; charset=utf-8", etag: `"${sha}"` },
      body: sha,
    };
  },
  contents: ({ repository, accept, query }, at) => {
    const tree = repository.treeAt(repository.find(query.get("ref") ?? "HEAD") ?? "");
    const bytes = tree && folderAt(tree, at.slice(0, -1).join("/"))?.contents.get(at.at(-1)!);
    if (!bytes) return notFound;
    if (accept.includes("raw"))
      return {
        status: 200,
        headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" },
        body: bytes,
      };
    return json({ type: "file", encoding: "base64", size: bytes.length, content: bytes.toString("base64") });
  },
  git: ({ repository, query }, [kind, sha = ""]) => {
    if (kind !== "trees") return notFound;
    const commit = repository.find(sha);
    const all = [...repository.commits.values()].flatMap((tree) => [
      tree,
      ...itemsBelow(tree).flatMap(({ path, type }) => (type === "tree" ? folderAt(tree, path)! : [])),
    ]);
    const tree = commit ? repository.treeAt(commit) : all.find((one) => one.sha === sha);
    if (!tree) return notFound;
    const items = query.has("recursive") ? itemsBelow(tree) : tree.items;
    const truncated = query.has("recursive") && items.length > repository.treeLimit;
    const shown = items.slice(0, truncated ? repository.treeLimit : undefined);
    return json({
      sha: tree.sha,
      truncated,
      tree: shown.map(({ path, mode, type, sha, size }) => ({ path, mode, type, sha, size })),
    });
  },
  tarball: ({ hub, repository }, at) => {
    const sha = repository.find(at.join("/"));
    if (!sha) return notFound;
    const path = `/${repository.name}/legacy.tar.gz/${sha}`;
    return { status: 302, headers: { location: repository.private ? hub.sign(path) : `${hub.archives}${path}` } };
  },
  compare: ({ repository }, at) => {
    const [, commit = ""] = at.join("/").split("...");
    if (!repository.find(commit)) return notFound;
    const status = commit === repository.head ? "identical" : repository.reaches(commit) ? "behind" : "diverged";
    return json({ status, ahead_by: 0, behind_by: 0, total_commits: 0, commits: [], files: [] });
  },
  tags: ({ repository }) =>
    json(
      [...repository.refs]
        .filter(([ref]) => ref.startsWith("tags/"))
        .map(([ref, sha]) => ({ name: ref.slice(5), commit: { sha } })),
    ),
};

/** Weak, as the API's are. */
const etagOf = (text: string | Buffer): string => `W/"${createHash("sha256").update(text).digest("hex")}"`;
